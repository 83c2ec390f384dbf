//! Random steps, and the fewest of them that fail.

use crate::machine::{Outcome, WIDTH, run};

/// splitmix64
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The steps of one life.
pub fn steps(seed: u64, life: u64, size: usize) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x1000_0000_01b3) ^ life);
    random.next();
    (0..size).flat_map(|_| (random.next() as u32).to_le_bytes()).collect()
}

/// Takes out whatever is not needed for a violation.
pub fn shrunk(bytes: &[u8]) -> Vec<u8> {
    let mut steps: Vec<_> = bytes.chunks(WIDTH).collect();
    loop {
        let before = steps.len();
        for size in [64, 16, 4, 3, 2, 1] {
            let mut at = 0;
            while at < steps.len() {
                let mut fewer = steps.clone();
                fewer.drain(at..(at + size).min(steps.len()));
                if fails(&fewer.concat()) { steps = fewer } else { at += 1 }
            }
        }
        if steps.len() == before {
            return steps.concat();
        }
    }
}

fn fails(bytes: &[u8]) -> bool {
    let Outcome { violation, .. } = run(bytes);
    violation.is_some()
}

pub fn to_hex(bytes: &[u8]) -> String {
    let steps = bytes.chunks(WIDTH).map(|step| step.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    steps.collect::<Vec<_>>().join(" ")
}

pub fn of_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<_> = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | *digit as u8)).collect())
}
