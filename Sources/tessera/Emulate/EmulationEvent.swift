import Foundation

/// What happens to an emulated card, as `--json` prints it: one value a line.
struct EmulationEvent: Encodable {
    enum Name: String, Encodable {
        /// Its keys are being made.
        case keys
        case inserted
        /// How its slot is has changed.
        case status
        /// Its state file could not be written; its programs get `6581`.
        case unwritten
        /// Its state file is written again.
        case written
        case removed
    }

    let event: Name
    /// The number of the card, from 1 on.
    let card: Int
    /// What kind of keys is being made.
    var keys: String?
    var model: String?
    /// Whether the card's behaviour is inferred from sibling products.
    var inferred: Bool?
    var atr: String?
    var place: String?
    var state: String?
    var text: String?
    /// What the person can do next.
    var hint: String?
}

/// Standard output while cards are emulated: sentences, or events.
struct EmulationScreen {
    let isJSON: Bool

    func tell(_ event: EmulationEvent, _ sentence: String) throws {
        FileHandle(descriptor: 1).write(line: isJSON ? try OutputOptions.json(event, onOneLine: true) : sentence.printable)
    }

    /// What only a person needs.
    func remark(_ sentence: String) {
        if !isJSON { FileHandle(descriptor: 1).write(line: sentence) }
    }
}
