import CardApplications
import CardProfiles
import DeviceProtocol
import ISO7816
import Secrets

/// The dialogue about a PIN that is checked, changed, or used to unblock another.
struct PINDialogue {
    let application: any CardApplication
    /// The secret that the person has to know: a PIN or a PUK.
    let pin: CardPIN
    /// What the person calls it.
    let name: String
    let device: String

    /// Where PINs are entered when they are not typed here; `nil` for the keyboard.
    let pinpad: (any Pinpad)?
    /// What the person knows the keys by.
    let reader: String

    /// Asks once and checks once.
    func verify(for summary: Summary, with holder: some Holder) async throws(DeviceError) {
        let request = try await permitted(.present(name), for: summary, with: holder)
        let outcome: PINOutcome
        if let pinpad {
            do {
                outcome = try await holder.atPinpad(request) { () async throws(CardError) in
                    try await application.verify(on: pinpad, as: pin)
                }
            } catch { throw DeviceError(verifying: error, device) }
        } else {
            let secret = try await present(request, with: holder)
            do { outcome = try await application.verify(secret, as: pin) } catch { throw DeviceError(verifying: error, device) }
        }
        try await conclude(outcome)
    }

    /// Asks for the present secret and twice for the new one, and sends both once.
    func change(for summary: Summary, with holder: some Holder) async throws(DeviceError) {
        let outcome: PINOutcome
        if let pinpad {
            let request = try await permitted(.new(name, form: pin.rules.form), for: summary, with: holder)
            do {
                outcome = try await holder.atPinpad(request) { () async throws(CardError) in try await application.change(pin, on: pinpad) }
            } catch { throw DeviceError(changing: error, device) }
        } else {
            let old = try await present(try await permitted(.present(name), for: summary, with: holder), with: holder)
            let new = try await fresh(pin.rules, called: name, for: summary, with: holder)
            do { outcome = try await application.change(pin, from: old, to: new) } catch { throw DeviceError(changing: error, device) }
        }
        try await conclude(outcome)
    }

    /// Asks for the PUK and twice for the new PIN, and sends both once.
    func unblock(_ blocked: CardPIN, called target: String, for summary: Summary, with holder: some Holder) async throws(DeviceError) {
        let outcome: PINOutcome
        if let pinpad {
            let request = try await permitted(.new(name, form: blocked.rules.form), for: summary, with: holder)
            do {
                outcome = try await holder.atPinpad(request) { () async throws(CardError) in
                    try await application.unblock(blocked, on: pinpad)
                }
            } catch { throw DeviceError(changing: error, device) }
        } else {
            let puk = try await present(try await permitted(.present(name), for: summary, with: holder), with: holder)
            let new = try await fresh(blocked.rules, called: target, for: summary, with: holder)
            do { outcome = try await application.unblock(blocked, with: puk, to: new) } catch {
                throw DeviceError(changing: error, device)
            }
        }
        try await conclude(outcome)
    }

    /// Reads the tries, and asks whether the last one may be spent; the question that may be asked then.
    private func permitted(
        _ wanted: PINRequest.Wanted, for summary: Summary, with holder: some Holder
    ) async throws(DeviceError) -> PINRequest {
        let state: PINState
        do { state = try await application.state(of: pin) } catch { throw DeviceError(error, device) }
        if state == .blocked { throw DeviceError(isPUK ? .pukBlocked : .blocked, device, triesLeft: 0, detail: nameOfAdministrators) }
        if state == .notUsable { throw DeviceError(.notSupported, device, detail: "its \(name) was never set, or was made invalid") }
        let tries: Int? = if case .triesLeft(let tries) = state { tries } else { nil }
        let request = PINRequest(
            summary: summary, device: pinpad == nil ? device : reader, triesLeft: tries, previousWasWrong: false, wanted: wanted)
        let mayBeLast = tries == 1 || state == .unknown
        let isPermitted: Bool
        do { isPermitted = mayBeLast ? try await holder.permitsLastTry(request) : true } catch { throw DeviceError(error, device) }
        guard isPermitted else { throw DeviceError(.lastTry, device, triesLeft: tries, detail: "the \(name)") }
        return request
    }

    /// The present secret, typed here.
    private func present(_ request: PINRequest, with holder: some Holder) async throws(DeviceError) -> SecretBytes {
        try checked(try await ask(request, holder), by: pin.rules, called: name)
    }

    /// A new secret, typed twice and fit for the card, before anything is sent.
    private func fresh(
        _ rules: PINRules, called name: String, for summary: Summary, with holder: some Holder
    ) async throws(DeviceError) -> SecretBytes {
        func request(_ wanted: PINRequest.Wanted) -> PINRequest {
            PINRequest(summary: summary, device: device, triesLeft: nil, previousWasWrong: false, wanted: wanted)
        }
        let first = try checked(try await ask(request(.new(name, form: rules.form)), holder), by: rules, called: "new \(name)")
        let second = try await ask(request(.newAgain(name)), holder)
        guard constantTimeEquals(first, second) else { throw DeviceError(.newPINsDiffer, device) }
        return first
    }

    private func ask(_ request: PINRequest, _ holder: some Holder) async throws(DeviceError) -> SecretBytes {
        do { return try await holder.pin(for: request).takeBytes() } catch { throw DeviceError(error, device) }
    }

    private func checked(
        _ secret: consuming SecretBytes, by rules: PINRules, called name: String
    ) throws(DeviceError) -> SecretBytes {
        guard rules.admits(secret) else {
            throw DeviceError(.unsuitablePIN, device, detail: "the \(name) has \(rules.form)")
        }
        return secret
    }

    /// Whether nothing on the card helps once it is blocked: a PUK, an administrator's PIN.
    private var isPUK: Bool { pin.role == .unblocking || pin.role == .administrator }

    /// What stands in an administrator's letter in place of a PUK.
    private var nameOfAdministrators: String? { pin.role == .administrator ? "the \(name)" : nil }

    /// What became of it; a card that does not count aloud when it refuses may do so when it is asked.
    private func conclude(_ outcome: PINOutcome) async throws(DeviceError) {
        switch outcome {
        case .accepted: return
        case .blocked: throw DeviceError(isPUK ? .pukBlocked : .blocked, device, triesLeft: 0, detail: nameOfAdministrators)
        case .wrong(let told):
            var tries = told
            if tries == nil, case .triesLeft(let asked)? = try? await application.state(of: pin) { tries = asked }
            throw DeviceError(isPUK ? .wrongPUK : .wrongPIN, device, triesLeft: tries, detail: nameOfAdministrators)
        }
    }
}

extension PINRules {
    /// What such a PIN may be: "6 to 8 digits".
    fileprivate var form: String {
        let count = lengths.lowerBound == lengths.upperBound ? "\(lengths.lowerBound)" : "\(lengths.lowerBound) to \(lengths.upperBound)"
        return switch alphabet {
        case .digits: "\(count) digits"
        case .any: "\(count) characters"
        case .hexadecimal: "\(count) hexadecimal digits"
        }
    }
}
