import Emulation
import ISO7816

/// The failures that fit what went wrong at one command: all others would mislead whoever reads them.
struct FaultReasons {
    let command: CommandRecord
    let fault: Fault
    /// Whether the reader is vpcd's, which knows no other word for a dead card than an answer without bytes, and tells nobody of
    /// a reset.
    var isThroughVPCD = false

    /// From how many milliseconds on a virtual reader counts as stuck.
    private static let deadline = 30_000

    /// What a driver calls a card that does not do, or does not have, what was asked for.
    private static let refusals: Set<String> = ["refused", "notSupported", "unknownCard"]

    /// What `DeviceError` and `CardError` call the failures that fit, each in its own words.
    var all: Set<String> {
        switch fault.effect {
        case .pull: ["removed"]
        // vpcd's connection ends, and the service may find the reader empty before it gives its answer.
        case .powerLoss: isThroughVPCD ? ["cardMute", "unresponsive", "malformedAnswer", "removed"] : ["cardMute", "unresponsive"]
        case .emptyAnswer where isThroughVPCD: afterAnswer.union(["removed"])
        case .stuck: ["stuck", "readerStuck"]
        case .delay(let milliseconds): milliseconds < Self.deadline ? [] : ["stuck", "readerStuck"]
        case .foreignReset where isThroughVPCD: Self.refusals
        case .foreignReset: ["heldByAnotherProgram", "reset"]
        // The card does not know any more what was selected and who logged in, and nobody told the driver.
        case .reset: Self.refusals
        // A card that does not tell its tries may be at the last one.
        case .foreignSelection: Self.refusals.union(["lastTry"])
        case .garbage, .emptyAnswer, .status, .lie: afterAnswer
        }
    }

    /// What fits an answer that is not the card's own.
    private var afterAnswer: Set<String> {
        guard let told = command.told, told.isOne else {
            // An object that cannot be read may be missing; a PIN and a signature cannot.
            return command.concernsSecrets ? ["malformedAnswer"] : Self.refusals.union(["malformedAnswer"])
        }
        if command.bringsPIN { return afterPIN(told) }
        if command.asksForTries { return afterTries(told) }
        // A refused signature is one, and everything else that a signature's answer says is unknown.
        if command.asksForSignature { return told == .success ? [] : Self.refusals }
        return Self.refusals.union(["malformedAnswer"])
    }

    /// A PIN is wrong only where the card has counted.
    private func afterPIN(_ told: StatusWord) -> Set<String> {
        if told == .authenticationBlocked { return ["blocked"] }
        guard told.sw1 == 0x63 else { return Self.refusals }
        guard told.triesLeft != 0 else { return ["blocked"] }
        // Nobody types another one; and the last try is not spent unasked.
        return ["wrongPIN", "lastTry"]
    }

    /// Only a card that says so is blocked, and one that says nothing of its tries may have one left.
    private func afterTries(_ told: StatusWord) -> Set<String> {
        if told == .authenticationBlocked || told.triesLeft == 0 { return ["blocked"] }
        if let left = told.triesLeft { return left == 1 ? ["lastTry"] : [] }
        // Tries may be data, of which a lie leaves nothing; a right status word without a login leads to a refusal.
        return Self.refusals.union(command.header.dropFirst().first == 0xCB ? ["lastTry", "blocked", "malformedAnswer"] : ["lastTry"])
    }
}

extension CommandRecord {
    /// Whether it asks how many tries there are: VERIFY without data, or GET DATA (CB).
    var asksForTries: Bool { header.count == 4 && (header[1] == 0x20 && bodyLength <= 1 || header[1] == 0xCB) }

    /// Whether an answer that is lost leaves a person in doubt about PIN or signature.
    fileprivate var concernsSecrets: Bool { bringsPIN || asksForSignature || header.count == 4 && header[1] == 0x20 }
}

extension StatusWord {
    /// Whether it can be one at all; ISO/IEC 7816-4, 5.6: 61xx to 6Fxx without 60xx, and 9xxx.
    var isOne: Bool { (try? ResponseAPDU(parsing: bytes)) != nil }
}
