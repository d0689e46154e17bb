use tintype::prelude::*;

network! {
    struct Net: [8, 8, 1] -> [10] {
        Conv2d(8, kernel = 3, kernel = 5),
        Flatten,
        Dense(10, units = 12),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
