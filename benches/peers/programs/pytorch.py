#!/usr/bin/env python3
"""PyTorch: `plain` as people write it; `tuned` with channels-last memory, the fused Adam and inference mode."""

import numpy as np
import torch
from torch import nn

import harness
from harness import LEARNING_RATE, Peer

import channels_first
from workloads import Conv, Dense, Flatten, Pool

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


def make_model(workload, weights):
    modules = []
    for layer, given, _ in workload.shapes():
        match layer:
            case Conv(filters=filters, kernel=kernel, same=same):
                modules.append(nn.Conv2d(given[2], filters, kernel, padding=kernel // 2 if same else 0))
            case Dense(units=units):
                modules.append(nn.Linear(given[0], units))
            case Pool():
                modules.append(nn.MaxPool2d(2))
            case Flatten():
                modules.append(nn.Flatten())
        if isinstance(layer, Conv | Dense):
            with torch.no_grad():
                modules[-1].weight.copy_(torch.from_numpy(weights[f"{layer.name}.weight"]))
                modules[-1].bias.copy_(torch.from_numpy(weights[f"{layer.name}.bias"].copy()))
            if layer.activation:
                modules.append(ACTIVATIONS[layer.activation]())
    return nn.Sequential(*modules)


class PyTorch(Peer):
    def __init__(self, workload, weights, configuration, threads):
        torch.set_num_threads(threads)
        self.workload = workload
        self.tuned = configuration == "tuned"
        self.images = len(workload.input) == 3
        self.model = make_model(workload, channels_first.weights(workload, weights))
        if self.tuned and self.images:
            self.model = self.model.to(memory_format=torch.channels_last)

    def tensor(self, inputs):
        inputs = torch.from_numpy(np.array(inputs))
        if self.images:
            inputs = inputs.permute(0, 3, 1, 2).contiguous()
            if self.tuned:
                inputs = inputs.to(memory_format=torch.channels_last)
        return inputs

    def inference(self, inputs):
        model, x = self.model.eval(), self.tensor(inputs)
        guard = torch.inference_mode if self.tuned else torch.no_grad

        @guard()
        def call():
            return model(x)

        return call

    def to_numpy(self, outputs):
        return outputs.numpy()

    def training(self, inputs, targets, batch):
        x, y = self.tensor(inputs), torch.from_numpy(np.array(targets))
        if self.workload.classifies:
            y, loss_function = y.long(), nn.CrossEntropyLoss()
        else:
            loss_function = nn.MSELoss()
        model = self.model.train()
        options = {"fused": True} if self.tuned else {}
        optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, **options)

        def epoch():
            total = torch.zeros(())
            for indices in torch.randperm(len(x)).split(batch):
                optimizer.zero_grad()
                loss = loss_function(model(x[indices]), y[indices])
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(indices)
            return total.item() / len(x)

        return epoch


if __name__ == "__main__":
    harness.run(PyTorch, f"PyTorch {torch.__version__}")
