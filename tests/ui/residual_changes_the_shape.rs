use tintype::prelude::*;

network! {
    struct Net: [8, 8, 4] -> [10] {
        conv: Conv2d(8, kernel = 3),
        Residual { Conv2d(8, kernel = 3), Relu },
        Flatten,
        Dense(10),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
