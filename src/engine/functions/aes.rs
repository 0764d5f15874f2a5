//! AES-256 in CBC mode (FIPS 197, NIST SP 800-38A), for `encryptAES` and `decryptAES` only.
//!
//! It looks values up in tables and so leaks timing; nothing here is secret.

/// Bytes in a block.
pub(super) const BLOCK: usize = 16;

const ROUNDS: usize = 14;

type Block = [u8; BLOCK];

/// A key, expanded for every round.
pub(super) struct Aes {
    rounds: [Block; ROUNDS + 1],
    boxes: Boxes,
}

struct Boxes {
    forward: [u8; 256],
    backward: [u8; 256],
}

/// Twice `byte` in the field of AES.
const fn doubled(byte: u8) -> u8 {
    byte << 1 ^ if byte & 0x80 == 0 { 0 } else { 0x1b }
}

fn product(mut a: u8, mut b: u8) -> u8 {
    let mut sum = 0;
    while b != 0 {
        if b & 1 == 1 {
            sum ^= a;
        }
        a = doubled(a);
        b >>= 1;
    }
    sum
}

fn boxes() -> Boxes {
    let mut boxes = Boxes { forward: [0; 256], backward: [0; 256] };
    let (mut p, mut q) = (1_u8, 1_u8);
    loop {
        // p runs through all elements by the generator 3, q through their inverses.
        p ^= doubled(p);
        q ^= q << 1;
        q ^= q << 2;
        q ^= q << 4;
        if q & 0x80 != 0 {
            q ^= 0x09;
        }
        let mixed =
            q ^ q.rotate_left(1) ^ q.rotate_left(2) ^ q.rotate_left(3) ^ q.rotate_left(4) ^ 0x63;
        boxes.forward[usize::from(p)] = mixed;
        if p == 1 {
            break;
        }
    }
    boxes.forward[0] = 0x63;
    for (value, mixed) in boxes.forward.iter().enumerate() {
        boxes.backward[usize::from(*mixed)] = value as u8;
    }
    boxes
}

fn xor(a: &mut Block, b: &Block) {
    for (a, b) in a.iter_mut().zip(b) {
        *a ^= b;
    }
}

fn mix(block: &mut Block, factors: [u8; 4]) {
    for column in block.chunks_exact_mut(4) {
        let before = [column[0], column[1], column[2], column[3]];
        for (row, byte) in column.iter_mut().enumerate() {
            *byte = (0..4)
                .map(|at| product(before[at], factors[(4 + at - row) % 4]))
                .fold(0, |sum, byte| sum ^ byte);
        }
    }
}

impl Aes {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let boxes = boxes();
        let mut words: Vec<[u8; 4]> =
            key.chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]).collect();
        let mut constant = 1;
        for at in 8..(ROUNDS + 1) * 4 {
            let mut word = words[at - 1];
            if at % 8 == 0 {
                word.rotate_left(1);
            }
            if at % 4 == 0 {
                word = word.map(|byte| boxes.forward[usize::from(byte)]);
            }
            if at % 8 == 0 {
                word[0] ^= constant;
                constant = doubled(constant);
            }
            for (byte, before) in word.iter_mut().zip(words[at - 8]) {
                *byte ^= before;
            }
            words.push(word);
        }
        let mut rounds = [[0; BLOCK]; ROUNDS + 1];
        for (byte, value) in rounds.iter_mut().flatten().zip(words.iter().flatten()) {
            *byte = *value;
        }
        Self { rounds, boxes }
    }

    fn encrypt_block(&self, block: &mut Block) {
        xor(block, &self.rounds[0]);
        for (round, key) in self.rounds.iter().enumerate().skip(1) {
            let before = *block;
            for (at, byte) in block.iter_mut().enumerate() {
                *byte = self.boxes.forward[usize::from(before[(at + at % 4 * 4) % BLOCK])];
            }
            if round < ROUNDS {
                mix(block, [2, 3, 1, 1]);
            }
            xor(block, key);
        }
    }

    fn decrypt_block(&self, block: &mut Block) {
        for (round, key) in self.rounds.iter().enumerate().skip(1).rev() {
            xor(block, key);
            if round < ROUNDS {
                mix(block, [14, 11, 13, 9]);
            }
            let before = *block;
            for (at, byte) in block.iter_mut().enumerate() {
                *byte = self.boxes.backward[usize::from(before[(at + BLOCK - at % 4 * 4) % BLOCK])];
            }
        }
        xor(block, &self.rounds[0]);
    }

    /// `text` filled up to whole blocks (PKCS #7) and encrypted.
    pub(super) fn encrypt(&self, start: Block, text: &[u8]) -> Vec<u8> {
        let fill = BLOCK - text.len() % BLOCK;
        let filled: Vec<u8> =
            text.iter().copied().chain(std::iter::repeat_n(fill as u8, fill)).collect();
        let mut before = start;
        let mut out = Vec::with_capacity(filled.len());
        for chunk in filled.chunks_exact(BLOCK) {
            for (byte, plain) in before.iter_mut().zip(chunk) {
                *byte ^= plain;
            }
            self.encrypt_block(&mut before);
            out.extend(before);
        }
        out
    }

    /// Whole blocks decrypted, with what fills the last one.
    pub(super) fn decrypt(&self, start: Block, text: &[u8]) -> Vec<u8> {
        let mut before = start;
        let mut out = Vec::with_capacity(text.len());
        for chunk in text.chunks_exact(BLOCK) {
            let mut block = [0; BLOCK];
            block.copy_from_slice(chunk);
            let encrypted = block;
            self.decrypt_block(&mut block);
            xor(&mut block, &before);
            out.extend(block);
            before = encrypted;
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_encrypted_as_there() {
        // FIPS 197, appendix C.3.
        let key: [u8; 32] = std::array::from_fn(|at| at as u8);
        let mut block: Block = std::array::from_fn(|at| (at * 0x11) as u8);
        let plain = block;
        let aes = Aes::new(&key);
        aes.encrypt_block(&mut block);
        assert_eq!(u128::from_be_bytes(block), 0x8ea2_b7ca_5167_45bf_eafc_4990_4b49_6089);
        aes.decrypt_block(&mut block);
        assert_eq!(block, plain);
    }
}
