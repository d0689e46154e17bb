use tintype::prelude::*;

network! {
    struct Net: [28, 28, 1] -> [10] {
        Conv2d(32, kernel = 3, stride = 0),
        Flatten, Dense(0), Dropout(2.0),
        Dense(10), BatchNorm(epsilon = -1.0),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
