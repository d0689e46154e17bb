#!/usr/bin/env python3
"""JAX: `step` compiles a step of training and calls it for each batch; `scan` compiles an epoch with `lax.scan`."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import harness
from harness import LEARNING_RATE, Peer, shuffled_batches

from workloads import Conv, Dense, Flatten, Pool

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, None: lambda x: x}


def forward(workload, weights, x):
    for layer in workload.layers:
        match layer:
            case Conv(name=name, same=same):
                padding = "SAME" if same else "VALID"
                dimensions = ("NHWC", "HWIO", "NHWC")
                x = lax.conv_general_dilated(
                    x, weights[f"{name}.weight"], (1, 1), padding, dimension_numbers=dimensions
                )
                x = ACTIVATIONS[layer.activation](x + weights[f"{name}.bias"])
            case Pool():
                window = (1, 2, 2, 1)
                x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
            case Flatten():
                x = x.reshape(len(x), -1)
            case Dense(name=name):
                x = ACTIVATIONS[layer.activation](x @ weights[f"{name}.weight"] + weights[f"{name}.bias"])
    return x


def mean_loss(workload, weights, x, y):
    outputs = forward(workload, weights, x)
    if not workload.classifies:
        return jnp.mean((outputs - y) ** 2)
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(outputs), y[:, None], axis=1))


def adam(state, gradient):
    """Adam's next state: weights, the two moments and the number of steps."""
    weights, first, second, steps = state
    steps += 1
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradient)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradient)
    rate = LEARNING_RATE / (1 - BETA1**steps)
    correction = 1 / (1 - BETA2**steps)

    def moved(p, m, v):
        return p - rate * m / (jnp.sqrt(v * correction) + EPSILON)

    return jax.tree.map(moved, weights, first, second), first, second, steps


class Jax(Peer):
    def __init__(self, workload, weights, configuration, threads):
        self.workload = workload
        self.scan = configuration == "scan"
        self.weights = jax.tree.map(jnp.asarray, weights)

    def inference(self, inputs):
        function, weights = jax.jit(functools.partial(forward, self.workload)), self.weights
        x = jnp.asarray(inputs)
        return lambda: function(weights, x).block_until_ready()

    def training(self, inputs, targets, batch):
        x, y = jnp.asarray(inputs), jnp.asarray(targets)
        if self.workload.classifies:
            y = y.astype(jnp.int32)
        zeros = jax.tree.map(jnp.zeros_like, self.weights)
        state = (jax.tree.map(jnp.array, self.weights), zeros, jax.tree.map(jnp.zeros_like, zeros), jnp.float32(0))
        differentiated = jax.value_and_grad(functools.partial(mean_loss, self.workload))
        random = np.random.default_rng(0)

        def step(carry, x, y, indices):
            state, total = carry
            loss, gradient = differentiated(state[0], x[indices], y[indices])
            return adam(state, gradient), total + loss

        @functools.partial(jax.jit, donate_argnums=0)
        def scanned(carry, x, y, batches):
            carry, _ = lax.scan(lambda carry, indices: (step(carry, x, y, indices), None), carry, batches)
            return carry

        stepped = jax.jit(step, donate_argnums=0)

        def epoch():
            nonlocal state
            batches = shuffled_batches(random, len(inputs), batch)
            carry = (state, jnp.float32(0))
            if self.scan:
                carry = scanned(carry, x, y, batches)
            else:
                for indices in batches:
                    carry = stepped(carry, x, y, indices)
            state, total = carry
            return float(total) / len(batches)

        return epoch


if __name__ == "__main__":
    harness.run(Jax, f"JAX {jax.__version__}")
