#!/usr/bin/env python3
"""ONNX Runtime, for inference: `plain` with `run`; `binding` with inputs and outputs bound beforehand."""

import numpy as np
import onnxruntime

import harness
from harness import Peer


class OnnxRuntime(Peer):
    def __init__(self, workload, weights, configuration, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        path = harness.parse_arguments().work / f"{workload.name}.onnx"
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.outputs = workload.outputs
        self.images = len(workload.input) == 3
        self.binding = configuration == "binding"

    def inference(self, inputs):
        session = self.session
        x = np.ascontiguousarray(inputs.transpose(0, 3, 1, 2) if self.images else inputs)
        (output,) = (value.name for value in session.get_outputs())
        if not self.binding:
            return lambda: session.run(None, {"input": x})[0]
        y = np.zeros((len(x), self.outputs), np.float32)
        binding = session.io_binding()
        binding.bind_cpu_input("input", x)
        binding.bind_output(output, "cpu", 0, y.dtype, y.shape, y.ctypes.data)

        def call(x=x):
            # The binding has addresses alone: `x` and `y` must live as long as the call.
            session.run_with_iobinding(binding)
            return y

        return call


if __name__ == "__main__":
    harness.run(OnnxRuntime, f"ONNX Runtime {onnxruntime.__version__}")
