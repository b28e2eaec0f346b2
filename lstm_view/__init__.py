"""What is shown."""
import os

# Before NumPy comes: arrays as small as these are slower on more threads, and while nets are trained five times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
