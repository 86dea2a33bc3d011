"""A network that reads scikit-learn's handwritten digits, in both frameworks, trained to 95 % and more in seconds.

Kept as text too, because the browser tests run it in a notebook's cell.
"""

from __future__ import annotations

DATA = """
import os
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0")
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
images, labels = load_digits(return_X_y=True)
images = images.reshape(-1, 8, 8, 1).astype("float32") / 16
x_train, x_test, y_train, y_test = train_test_split(images, labels, test_size=450, random_state=0, stratify=labels)
"""

KERAS = (
    DATA
    + """
import keras
keras.utils.set_random_seed(7)
model = keras.Sequential([
    keras.layers.Input((8, 8, 1)),
    keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="conv1"),
    keras.layers.BatchNormalization(name="bn1"),
    keras.layers.MaxPooling2D(name="pool"),
    keras.layers.Conv2D(32, 3, padding="same", activation="relu", name="conv2"),
    keras.layers.Flatten(name="flatten"),
    keras.layers.Dense(64, activation="relu", name="dense"),
    keras.layers.Dense(10, name="logits"),
], name="digits_cnn")
model.compile(keras.optimizers.Adam(3e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
def train(epochs):
    model.fit(x_train, y_train, batch_size=64, epochs=epochs, verbose=0)
def scores():
    return model.predict(x_test, verbose=0)
train(12)
"""
)

TORCH = (
    DATA
    + """
import torch
torch.set_num_threads(1)
torch.manual_seed(7)
model = torch.nn.Sequential()
for name, layer in {
    "conv1": torch.nn.Conv2d(1, 16, 3, padding=1), "bn1": torch.nn.BatchNorm2d(16), "relu1": torch.nn.ReLU(),
    "pool": torch.nn.MaxPool2d(2), "conv2": torch.nn.Conv2d(16, 32, 3, padding=1), "relu2": torch.nn.ReLU(),
    "flatten": torch.nn.Flatten(), "dense": torch.nn.Linear(512, 64), "relu3": torch.nn.ReLU(),
    "logits": torch.nn.Linear(64, 10),
}.items():
    model.add_module(name, layer)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
x, y = torch.from_numpy(x_train.transpose(0, 3, 1, 2).copy()), torch.from_numpy(y_train)
def train(epochs):
    model.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
    model.eval()
def scores():
    with torch.no_grad():
        return model(torch.from_numpy(x_test.transpose(0, 3, 1, 2).copy())).numpy()
train(12)
"""
)

ACCURACY = "float((scores().argmax(1) == y_test).mean())"
