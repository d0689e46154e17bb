use tintype::prelude::*;

network! {
    struct Net: [28, 28, 1] -> [10] {
        Conv2d(1, 32, 3),
        nn.Conv2d(32, kernel = 3),
        nn::ReLU,
        Conv2d(32, kernel = (3, 3)),
        Flatten,
        Dense(784, 128),
        Dense(10),
    }
}

fn main() {
    let _ = Net::boxed(Seed(1));
}
