"""Events that change nothing but appointments and deadlines, applied to packed cases in C."""
