"""What a page shows, to take away: one step or a run of a cell and its gradients as a script in NumPy or PyTorch, with
every number in it, and as CSV; a net of a race as a script that trains it again."""
from .directions import attention_torch, bidirectional_torch
from .gradients import gradients_torch
from .memory import memory_torch
from .sequence import sequence_numpy, sequence_torch
from .spreadsheet import csv_of, csv_over_time
from .step import numpy_code, torch_code
from .training import training_numpy, training_torch

__all__ = ["attention_torch", "bidirectional_torch", "csv_of", "csv_over_time", "gradients_torch", "memory_torch",
           "numpy_code", "sequence_numpy", "sequence_torch", "torch_code", "training_numpy", "training_torch"]
