#!/usr/bin/env python3
"""TensorFlow and Keras: `fit` is Keras' own training; `function` an epoch as a `tf.function`; `xla` the same with its
steps compiled by XLA."""

import numpy as np
import tensorflow as tf

import harness
from harness import LEARNING_RATE, Peer, shuffled_batches

import keras
from keras import layers
from workloads import Conv, Dense, Flatten, Pool


def make_model(workload, weights):
    model = keras.Sequential([keras.Input(workload.input)])
    for layer in workload.layers:
        match layer:
            case Conv(filters=filters, kernel=kernel, same=same, activation=activation):
                padding = "same" if same else "valid"
                model.add(layers.Conv2D(filters, kernel, padding=padding, activation=activation))
            case Pool():
                model.add(layers.MaxPooling2D(2))
            case Flatten():
                model.add(layers.Flatten())
            case Dense(units=units, activation=activation):
                model.add(layers.Dense(units, activation=activation))
        if isinstance(layer, Conv | Dense):
            model.layers[-1].set_weights([weights[f"{layer.name}.weight"], weights[f"{layer.name}.bias"]])
    return model


class TensorFlow(Peer):
    def __init__(self, workload, weights, configuration, threads):
        self.configuration = configuration
        self.xla = configuration == "xla"
        self.model = make_model(workload, weights)
        self.loss = keras.losses.MeanSquaredError()
        if workload.classifies:
            self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.optimizer = keras.optimizers.Adam(LEARNING_RATE)

    def inference(self, inputs):
        x = tf.constant(inputs)
        function = tf.function(lambda x: self.model(x, training=False), jit_compile=self.xla)
        compiled = function.get_concrete_function(x)
        return lambda: compiled(x)

    def training(self, inputs, targets, batch):
        if self.configuration == "fit":
            return self.fit(inputs, targets.astype(np.int64) if targets.ndim == 1 else targets, batch)
        model, loss, optimizer = self.model, self.loss, self.optimizer
        x, y = tf.constant(inputs), tf.constant(targets.astype(np.int32) if targets.ndim == 1 else targets)
        optimizer.build(model.trainable_variables)

        @tf.function(jit_compile=self.xla)
        def step(x, y):
            with tf.GradientTape() as tape:
                value = loss(y, model(x, training=True))
            gradients = tape.gradient(value, model.trainable_variables)
            optimizer.apply(gradients)
            return value

        @tf.function
        def steps(batches):
            total = tf.constant(0.0)
            for indices in batches:
                total += step(tf.gather(x, indices), tf.gather(y, indices))
            return total / tf.cast(len(batches), tf.float32)

        random = np.random.default_rng(0)
        return lambda: steps(tf.constant(shuffled_batches(random, len(inputs), batch).astype(np.int32))).numpy()

    def fit(self, x, y, batch):
        self.model.compile(self.optimizer, self.loss)

        def epoch():
            history = self.model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
            return history.history["loss"][0]

        return epoch


if __name__ == "__main__":
    threads = harness.parse_arguments().threads
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    harness.run(TensorFlow, f"TensorFlow {tf.__version__}, Keras {keras.__version__}")
