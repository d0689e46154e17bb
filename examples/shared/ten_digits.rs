//! Ten of the digits that the example `digits` trains on: for each pixel its darkness, from `0` to `g`, which is 16.

/// The last of each digit, from 0 to 9, 8 by 8 pixels each.
pub const TEN_DIGITS: [[&str; 8]; 10] = [
    ["006gdb10", "00gfcg10", "03g70d60", "04g00a80", "08g00e60", "05g79g50", "01fggg10", "006ge600"],
    ["006cc600", "00bggd00", "00cgg800", "008ggc00", "02dggc00", "01ggga00", "00ggg800", "002ba400"],
    ["00fd1000", "00ee4000", "0014c000", "0006c000", "000ba000", "001g8650", "00dggge0", "00ada620"],
    ["02acg800", "0485dg00", "0007f700", "006ga000", "0005gb00", "00006g30", "0000ag50", "02egc900"],
    ["0003f400", "004gc000", "00cf3430", "07g53f80", "0dgdfg20", "0cgggd00", "0045g800", "0001g400"],
    ["00agf100", "00gc5000", "02g94000", "04ggge20", "01a41g40", "00002g70", "0078eg30", "006da400"],
    ["002da000", "00ad0000", "00g60000", "03g82000", "07gggb00", "04g24b90", "01db8cc0", "001cge40"],
    ["01agf200", "01cdg400", "0000g800", "007bgd80", "08gggg60", "02ag9000", "003g4000", "00af2000"],
    ["00ae8100", "02ge6100", "00ff8f00", "005gga00", "00cffc00", "04g64g60", "08ga8g80", "018cec10"],
    ["002a7000", "00eggf10", "04g73g70", "05ga7g40", "005eeg40", "00000g20", "00477g20", "005cgc00"],
];
