//! The network that two examples share: one trains it, the other ships it.

use tintype::network;

network! {
    /// Tells the digits of 8x8 pixels apart.
    pub struct DigitNet: [8, 8, 1] -> [10] {
        conv1: Conv2d(16, kernel = 3, padding = Same), Relu,
        MaxPool2d(2),
        conv2: Conv2d(32, kernel = 3, padding = Same), Relu,
        MaxPool2d(2),
        Flatten,
        Dropout(0.25),
        hidden: Dense(64), Relu,
        Dropout(0.25),
        output: Dense(10),
    }
}
