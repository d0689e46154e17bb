use tintype::prelude::*;

network! {
    struct Net: [8, 8, 1] -> [10] {
        Conv2d("8", kernel = 3.5),
        Conv2d(8, kernel = [3, -1], bias = 1),
        Conv2d(8, kernel = [3, 3, 3], groups = true),
        MaxPool2d(-2),
        Flatten,
        Dropout("half"),
        Dense([10]),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
