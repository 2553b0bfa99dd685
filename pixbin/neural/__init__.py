"""The neural backend: ONNX models that decide each cell.

Pipeline and the command line may import it.
"""
