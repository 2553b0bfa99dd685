"""An ONNX graph and its gradient: every operation is written with its backward operations.

ONNX has no automatic differentiation, and torch does not export its own. A tape records each
operation, and then writes the backward operations in reverse order (reverse-mode differentiation).
Batches have one picture. Sides are even, so that a layer of stride 2 reads all values.

Values are float32. Shapes are (1, C, H, W) unless a method says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

#: takes the name of the output's gradient; returns the names of the gradients, by input
Backward = Callable[[str], dict[str, str]]

_FIRST_OF_REVERSED = -(2**31)  #: end of a slice that goes backwards to the first value


class GraphTape:
    """Nodes and initializers of a graph; methods add nodes, and return the names of their outputs.

    Parameters
    ----------
    weights : mapping
        Kernels float32 (O, I, k, k) and biases (O,); they are stored in half precision.
    """

    def __init__(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._weights = weights
        self._casts: dict[str, str] = {}
        self._steps: list[tuple[str, Backward]] = []

    def add(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> list[str]:
        """Add a node without a gradient; return the names of its outputs."""
        names = [f"{kind}.{len(self.nodes)}.{number}" for number in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **attributes))
        return names

    def apply(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node without a gradient; return the name of its only output."""
        return self.add(kind, *inputs, **attributes)[0]

    def constant(
        self, values: Any, dtype: type[np.generic] = np.float32, name: str | None = None
    ) -> str:
        """Add a constant array, by default of float32; return its name."""
        name = name or f"constant.{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def weight(self, name: str) -> str:
        """Return the name of a weight, cast to float32; the file has it in half precision."""
        if name not in self._casts:
            half = self._weights[name].astype(np.float16)
            self.initializers.append(numpy_helper.from_array(half, name))
            self._casts[name] = self.apply("Cast", name, to=onnx.TensorProto.FLOAT)
        return self._casts[name]

    def gradient(self, known: Mapping[str, str], of: str) -> str:
        """Write the backward operations of all that was recorded; return the name of a gradient.

        Parameters
        ----------
        known : mapping
            The gradients of the outputs, by the names of these.
        of : str
            The tensor whose gradient is returned.
        """
        parts = {name: [gradient] for name, gradient in known.items()}
        for output, backward in reversed(self._steps):
            if gradients := parts.pop(output, None):
                for name, gradient in backward(self._sum(gradients)).items():
                    parts.setdefault(name, []).append(gradient)
        return self._sum(parts[of])

    def _sum(self, names: Sequence[str]) -> str:
        return names[0] if len(names) == 1 else self.apply("Sum", *names)

    def _record(self, output: str, backward: Backward) -> str:
        self._steps.append((output, backward))
        return output

    def map_linearly(self, rows: str, values: str, columns: str) -> str:
        """Return rows @ values @ columns.T, (H, W), of matrices (H, h), (h, w) and (W, w)."""

        def product(left: str, middle: str, right: str, transposed: str) -> str:
            turned = self.apply("Transpose", transposed, perm=[1, 0])
            a, b = (turned if name == transposed else name for name in (left, right))
            return self.apply("MatMul", self.apply("MatMul", a, middle), b)

        return self._record(
            product(rows, values, columns, columns),
            lambda gradient: {values: product(rows, gradient, columns, rows)},
        )

    def as_picture(self, values: str) -> str:
        """Return values (H, W) as a picture (1, 1, H, W)."""
        axes = self.constant([0, 1], np.int64)
        output = self.apply("Unsqueeze", values, axes)
        return self._record(output, lambda grad: {values: self.apply("Squeeze", grad, axes)})

    def _shaped_as(self, values: str, model: str) -> str:
        return self.apply("Reshape", values, self.apply("Shape", model))

    def normalize_grey(self, x: str, means: Sequence[float], deviations: Sequence[float]) -> str:
        """Return three normalized channels (1, 3, H, W) of a grey picture (1, 1, H, W)."""
        mean, factor = (
            self.constant(np.reshape(values, (1, 3, 1, 1)))
            for values in (means, np.divide(1, deviations))
        )
        output = self.apply("Mul", self.apply("Sub", x, mean), factor)

        def backward(gradient: str) -> dict[str, str]:
            scaled = self.apply("Mul", gradient, factor)
            return {x: self.apply("ReduceSum", scaled, self.constant([1], np.int64))}

        return self._record(output, backward)

    def convolve(self, x: str, layer: str, stride: int = 1) -> str:
        """Return a convolution with zero padding; depthwise if kernels have one input channel."""
        outputs, inputs, side, _ = self._weights[f"{layer}.weight"].shape
        groups = outputs if inputs == 1 else 1
        kernel = self.weight(f"{layer}.weight")
        frame: dict[str, Any] = {
            "kernel_shape": [side, side],
            "pads": [side // 2] * 4,
            "group": groups,
        }
        bias = self.weight(f"{layer}.bias")
        output = self.apply("Conv", x, kernel, bias, strides=[stride, stride], **frame)

        def backward(gradient: str) -> dict[str, str]:
            if stride == 1 or groups > 1:
                spread = gradient if stride == 1 else self._spread(gradient, x)
                turned = kernel if side == 1 else self._turn_kernel(kernel)
                if groups == 1:
                    turned = self.apply("Transpose", turned, perm=[1, 0, 2, 3])
                return {x: self.apply("Conv", spread, turned, **frame)}
            padding = {"strides": [2, 2], "output_padding": [1, 1]}
            return {x: self.apply("ConvTranspose", gradient, kernel, **padding, **frame)}

        return self._record(output, backward)

    def _turn_kernel(self, kernel: str) -> str:
        """Return a kernel turned by 180 degrees."""
        vectors = ([-1, -1], [_FIRST_OF_REVERSED] * 2, [2, 3], [-1, -1])
        return self.apply("Slice", kernel, *(self.constant(vector, np.int64) for vector in vectors))

    def _spread(self, x: str, model: str) -> str:
        """Return values in every other row and column of zeros, of the shape of `model`."""
        parted = self.apply("Unsqueeze", x, self.constant([3, 5], np.int64))
        pads = self.constant([0] * 6 + [0, 0, 0, 1, 0, 1], np.int64)
        return self._shaped_as(self.apply("Pad", parted, pads), model)

    def relu6(self, x: str) -> str:
        """Return values clipped to the range 0 to 6."""
        low, high = self.constant(0.0), self.constant(6.0)
        output = self.apply("Clip", x, low, high)

        def backward(gradient: str) -> dict[str, str]:
            above, below = self.apply("Greater", output, low), self.apply("Less", output, high)
            return {x: self.apply("Where", self.apply("And", above, below), gradient, low)}

        return self._record(output, backward)

    def leaky(self, x: str, slope: float) -> str:
        """Return values whose negative part is multiplied by the slope."""
        output = self.apply("LeakyRelu", x, alpha=slope)

        def backward(gradient: str) -> dict[str, str]:
            above = self.apply("Greater", output, self.constant(0.0))
            damped = self.apply("Mul", gradient, self.constant(slope))
            return {x: self.apply("Where", above, gradient, damped)}

        return self._record(output, backward)

    def join(self, *inputs: str, sizes: Sequence[int]) -> str:
        """Concatenate the channels of all inputs; `sizes` are the numbers of channels."""
        output = self.apply("Concat", *inputs, axis=1)

        def backward(gradient: str) -> dict[str, str]:
            split = self.constant(sizes, np.int64)
            parts = self.add("Split", gradient, split, outputs=len(inputs), axis=1)
            return dict(zip(inputs, parts, strict=True))

        return self._record(output, backward)

    def plus(self, x: str, y: str) -> str:
        """Return the sum of two arrays of one shape."""
        output = self.apply("Add", x, y)
        return self._record(output, lambda gradient: {x: gradient, y: gradient})

    def max_pool(self, x: str) -> str:
        """Return maxima of 3 x 3 values in steps of two; a gradient goes to the maximum."""
        output, indices = self.add(
            "MaxPool", x, outputs=2, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4
        )

        def backward(gradient: str) -> dict[str, str]:
            flat = self.constant([-1], np.int64)
            size = self.apply("Reshape", self.apply("Size", x), flat)
            zeros = self.apply("ConstantOfShape", size)  # float32 by default
            at, values = (self.apply("Reshape", name, flat) for name in (indices, gradient))
            summed = self.apply("ScatterElements", zeros, at, values, axis=0, reduction="add")
            return {x: self._shaped_as(summed, x)}

        return self._record(output, backward)

    def normalize_channels(self, x: str, mean: str, factor: str) -> str:
        """Return (x - mean) * factor, where the vector of channels at each position has length 1.

        `mean` and `factor` have shape (1, C, 1, 1).
        """
        scaled = self.apply("Mul", self.apply("Sub", x, mean), factor)
        length = self.apply("ReduceL2", scaled, axes=[1])
        length = self.apply("Max", length, self.constant(1e-12))
        output = self.apply("Div", scaled, length)

        def backward(gradient: str) -> dict[str, str]:
            along = self._dot(gradient, output)
            across = self.apply("Sub", gradient, self.apply("Mul", output, along))
            return {x: self.apply("Mul", self.apply("Div", across, length), factor)}

        return self._record(output, backward)

    def cosine_distance(self, x: str, y: str, weight: str) -> str:
        """Return the sum of weight * (1 - cosine) of unit vectors, a scalar; not recorded."""
        distance = self.apply("Sub", self.constant(1.0), self._dot(x, y))
        return self.apply("ReduceSum", self.apply("Mul", distance, weight), keepdims=0)

    def _dot(self, x: str, y: str) -> str:
        """Return the dot product of the channels at each position, (1, 1, H, W)."""
        return self.apply("ReduceSum", self.apply("Mul", x, y), self.constant([1], np.int64))
