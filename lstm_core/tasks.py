"""The tasks that nets are trained on here, by name; a text or a series makes one of its own."""
from .agreement import AGREEMENT_EN, AGREEMENT_KO
from .grammars import NESTED, REBER
from .letters import TEXT, text_task
from .series import series_task
from .signals import ADDING, COPY, COUNTING, ECHO, TEMPORAL_ORDER
from .task import Batch, Task, accuracy, error, right, solved

__all__ = ["TASKS", "Batch", "Task", "accuracy", "error", "right", "series_task", "solved", "text_task"]

TASKS = {task.name: task for task in (
    ADDING, TEMPORAL_ORDER, ECHO, COPY, REBER, COUNTING, NESTED, AGREEMENT_EN, AGREEMENT_KO, TEXT)}
