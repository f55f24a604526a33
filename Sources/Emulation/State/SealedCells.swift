internal import Foundation

/// The secret cells of a card as its file has them: each sealed by itself, once for each value that it gets.
///
/// A card writes at every PIN try. Without this each of these writes would take all secrets out of libcrypto and into ordinary
/// memory once more.
struct SealedCells {
    private var boxes: [String: (value: CardMemory.Value, box: Data)] = [:]

    /// What `name` is in the file: what was sealed before while the value is the same, otherwise what `seal` makes.
    mutating func box<Failure: Error>(_ name: String, _ value: CardMemory.Value, _ seal: () throws(Failure) -> Data) throws(Failure) -> Data
    {
        if let known = boxes[name], Self.isSame(known.value, value) { return known.box }
        let box = try seal()
        boxes[name] = (value, box)
        return box
    }

    private static func isSame(_ one: CardMemory.Value, _ other: CardMemory.Value) -> Bool {
        switch (one, other) {
        case (.secret(let one), .secret(let other)): one == other
        case (.key(let one), .key(let other)): one === other
        default: false
        }
    }
}
