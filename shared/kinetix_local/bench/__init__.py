"""The benchmarks of this room. They compute as the product does: with one thread for matrices, set before numpy is loaded."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
