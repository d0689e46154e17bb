use tintype::prelude::*;

network! {
    struct Net: [4, 4, 1] { Conv2d(8, kernel = 9, padding = 2), Conv2d(8, kernel = 3, dilation = 4), Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
