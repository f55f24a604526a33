import Foundation

/// What an operation's id makes of a secret image: the ground's tint, threads across it, and where the picture stands.
///
/// It makes each image another one; it keeps nothing secret.
struct OperationPattern: RandomNumberGenerator {
    private var state: UInt64

    /// The same bytes give the same pattern.
    init(_ id: [UInt8]) {
        // FNV-1a, 64 bits.
        state = id.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The next number, by SplitMix64: Swift's own generators may change from one version to the next, the picture may not.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `bound`.
    mutating func number(below bound: Int) -> Int { Int(next() >> 33) % max(bound, 1) }

    /// A light colour, none of whose parts is below `darkest`.
    mutating func tint(from darkest: Int) -> Int32 {
        (0..<3).reduce(0) { colour, _ in colour << 8 | Int32(clamping: darkest + number(below: 256 - darkest)) }
    }

    /// Draws a bundle of waves across the image.
    mutating func drawThreads(_ count: Int, in image: borrowing GDImage, colour: Int32) {
        let (width, height) = (Double(image.width), Double(image.height))
        let (swing, length) = (30 + Double(number(below: 60)), 120 + Double(number(below: 240)))
        let (phase, middle) = (Double(number(below: 628)) / 100, Double(number(below: image.height)))
        let lean = (Double(number(below: 200)) - 100) / 100 * height / width
        for thread in 0..<count {
            let spread = 1 - 2 * Double(thread) / Double(max(count, 1))
            func y(_ x: Double) -> Double {
                middle + lean * (x - width / 2) + swing * spread * sin(2 * .pi * x / length + phase) + 6 * spread
            }
            for x in stride(from: 0, to: width, by: 16) { image.stroke(fromX: x, y: y(x), toX: x + 16, y: y(x + 16), colour: colour) }
        }
    }
}
