use tintype::prelude::*;

network! {
    struct Net: [8, 8, 1] -> [10] {
        Conv2d(8),
        Conv2d(kernel = 3),
        MaxPool2d,
        Dropout(),
        Reshape,
        Flatten,
        Dense,
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
