use tintype::prelude::*;

network! {
    struct Net: [3, 3, 1] -> [10] { MaxPool2d(4), AvgPool2d(2), Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
