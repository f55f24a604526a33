import Foundation

/// A conversation with a card that others wrote, as `fixtures/recordings/` holds it.
public struct Recording: Decodable, Sendable {
    /// One command and its answer, both as they travelled.
    public struct Exchange: Decodable, Sendable {
        /// The command.
        public let command: HexBytes
        /// The answer, status word included.
        public let response: HexBytes
    }

    /// Something that happened to the card between two exchanges.
    public struct Event: Decodable, Sendable {
        enum CodingKeys: String, CodingKey {
            case position = "before_exchange"
            case name = "event"
        }

        /// The index of the exchange that followed.
        public let position: Int
        /// What it was: "reset", for example.
        public let name: String
    }

    /// What the conversation was about.
    public struct Result: Decodable, Sendable {
        enum CodingKeys: String, CodingKey {
            case data, certificate, stdout
            case wrongPIN = "wrong_pin"
            case oldPIN = "old_pin"
            case newPIN = "new_pin"
        }

        /// The bytes that were hashed and signed.
        public let data: HexBytes?
        /// The certificate of the key that signed.
        public let certificate: HexBytes?
        /// A PIN that the card refused.
        public let wrongPIN: String?
        /// The PIN before a change; ``Recording/pin`` where there is none.
        public let oldPIN: String?
        /// The PIN after a change.
        public let newPIN: String?
        /// What a client printed.
        public let stdout: String?
    }

    enum CodingKeys: String, CodingKey {
        case atr, pin, exchanges, result
        case events = "session_events"
    }

    /// What the card answers to power-on.
    public let atr: HexBytes
    /// Its PIN, a test value.
    public let pin: String
    /// The conversation.
    public let exchanges: [Exchange]
    /// Resets and the like.
    public let events: [Event]?
    /// What was signed, and with what.
    public let result: Result?

    /// Reads `card--scenario.json`.
    public init(_ card: String, _ scenario: String) throws {
        self = try Fixture.json("recordings/\(card)--\(scenario).json")
    }
}

/// What lies on a recorded card, read without a PIN.
public struct CardImage: Decodable, Sendable {
    /// Contents of files, padding included, by absolute path in lower-case hexadecimal.
    public let files: [String: HexBytes]?
    /// Answers to SELECT, by the same paths.
    public let fci: [String: HexBytes]?
    /// Contents of PIV data objects by tag, as GET DATA answers them.
    public let objects: [String: HexBytes]?
    /// What a SmartCard-HSM lists: file identifiers.
    public let objectList: [HexBytes]?

    enum CodingKeys: String, CodingKey {
        case files, fci, objects
        case objectList = "enumerate_objects"
    }

    /// Reads `card--image.json`.
    public init(_ card: String) throws {
        self = try Fixture.json("recordings/\(card)--image.json")
    }
}
