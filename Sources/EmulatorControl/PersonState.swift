import DeviceProtocol
import Secrets

/// What was done at a device's keys.
enum PadAnswer: ~Copyable, Sendable {
    case agreed
    case typed(SecretBytes)
}

/// What a person knows, does, and is asked.
struct PersonState: ~Copyable {
    /// A question that waits.
    struct Waiting {
        let prompt: PersonPrompt
        let handover: Handover<PadAnswer, HolderError>
    }

    var behaviour: Behaviour
    /// The PIN that they know.
    var known: SecretBytes
    /// A new one that was typed once.
    var chosen: SecretBytes?
    var waiting: Waiting?
    var lastNumber = 0

    init(behaviour: Behaviour, known: consuming SecretBytes) {
        self.behaviour = behaviour
        self.known = known
    }

    /// Puts a question; the one before ends.
    mutating func ask(_ handover: Handover<PadAnswer, HolderError>, _ prompt: (Int) -> PersonPrompt) {
        refuse(.cancelled)
        lastNumber += 1
        waiting = Waiting(prompt: prompt(lastNumber), handover: handover)
    }

    /// What is asked, if it is what `number` means.
    func asked(_ number: Int?) throws(EmulatorError) -> PersonPrompt.Kind {
        guard let prompt = waiting?.prompt else { throw .nothingAsked }
        guard number ?? prompt.number == prompt.number else { throw .promptChanged }
        return prompt.kind
    }

    mutating func answer(_ answer: consuming PadAnswer) {
        _ = waiting.take()?.handover.put(answer)
    }

    mutating func refuse(_ reason: HolderError) { waiting.take()?.handover.fail(reason) }

    /// Answers what waits, unless somebody is to turn to the device.
    mutating func act() {
        guard let prompt = waiting?.prompt else { return }
        switch (behaviour, prompt.kind) {
        case (.wait, _): return
        case (.decline, _): refuse(.declined)
        case (_, .consent), (_, .lastTry): answer(.agreed)
        // Who knows one PIN has no other one to try.
        case (_, .pin) where prompt.previousWasWrong: refuse(.unavailable)
        case (.respond, _), (.wrongPIN, .newPIN): type(isWrong: false)
        case (.wrongPIN, _): type(isWrong: true)
        }
    }

    private mutating func type(isWrong: Bool) {
        do throws(SecretBytesError) {
            var copy = try SecretBytes()
            try copy.append(known)
            if isWrong {
                let last = copy.removeLast() ?? 0x30
                try copy.append((0x30...0x39).contains(last) ? (last - 0x30 + 1) % 10 + 0x30 : 0x30)
            }
            answer(.typed(copy))
        } catch {
            refuse(.unavailable)
        }
    }

    /// Remembers a new PIN, as far as it was typed.
    mutating func learn(_ digits: borrowing SecretBytes, _ kind: PersonPrompt.Kind) throws(SecretBytesError) {
        guard kind == .newPIN || kind == .newPINAgain else { return }
        var copy = try SecretBytes()
        try copy.append(digits)
        guard kind == .newPINAgain, let first = chosen.take() else {
            chosen = consume copy
            return
        }
        if constantTimeEquals(first, copy) { known = copy }
    }
}

extension SecretBytes {
    /// Whether all bytes are printable ASCII.
    var isPrintable: Bool {
        withBytes { bytes in
            bytes.byteOffsets.allSatisfy { (0x21...0x7E).contains(unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)) }
        }
    }
}
