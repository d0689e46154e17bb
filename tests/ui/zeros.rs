use tintype::prelude::*;

network! {
    struct Net: [16, 16, 2] -> [10] {
        Conv2d(0, kernel = 3),
        Conv2d(2, kernel = 0),
        Conv2d(2, kernel = 3, stride = 0),
        Conv2d(2, kernel = 3, dilation = [1, 0]),
        Conv2d(2, kernel = 3, groups = 0),
        MaxPool2d(0),
        MaxPool2d(2, stride = [0, 1]),
        Flatten,
        Dense(0),
        Dense(10),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
