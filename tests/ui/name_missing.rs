use tintype::prelude::*;

network! {
    struct : [8] -> [10] { Dense(10) }
}

fn main() {}
