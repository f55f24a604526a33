import CardApplications
import DeviceProtocol
import ISO7816

/// The dialogue about a card's PIN: tries are read first, the last one is never spent unasked, no VERIFY is ever repeated.
struct CardLogin {
    let application: any CardApplication
    let key: CardKey
    let device: String
    /// Where the PIN is entered when it is not typed here; `nil` for the keyboard.
    let pinpad: (any Pinpad)?
    /// What the person knows the keys by.
    let reader: String

    /// Asks until the PIN is right, the person gives up, or no try may be spent.
    ///
    /// A PIN that somebody else left verified is nobody's consent: it is asked for all the same. Where there is none, the
    /// person agrees without.
    func run(for summary: Summary, with holder: some Holder) async throws(DeviceError) {
        guard key.needsPIN else { return try await consent(to: summary, from: holder) }
        var state = try await pinState()
        var previousWasWrong = false
        while true {
            if state == .notNeeded { return try await consent(to: summary, from: holder) }
            if state == .blocked { throw DeviceError(.blocked, device, triesLeft: 0) }
            if state == .notUsable { throw DeviceError(.notSupported, device, detail: "its PIN was never set, or was made invalid") }
            switch try await outcome(in: state, previousWasWrong: previousWasWrong, showing: summary, to: holder) {
            case .accepted: return
            case .blocked: state = .blocked
            case .wrong(let left?): state = .triesLeft(left)
            // A card that does not count aloud when it refuses may do so when it is asked.
            case .wrong(nil): state = try await pinState()
            }
            previousWasWrong = true
        }
    }

    private func pinState() async throws(DeviceError) -> PINState {
        do { return try await application.pinState(for: key) } catch { throw DeviceError(error, device) }
    }

    private func consent(to summary: Summary, from holder: some Holder) async throws(DeviceError) {
        do { try await holder.consent(to: summary) } catch { throw DeviceError(error, device) }
    }

    /// Has one PIN entered, where it is to be entered, and presented once.
    private func outcome(
        in state: PINState, previousWasWrong: Bool, showing summary: Summary, to holder: some Holder
    ) async throws(DeviceError) -> PINOutcome {
        let place = pinpad == nil ? device : reader
        let name: String
        do throws(CardError) { name = try application.pin(for: key).map { application.name(of: $0) } ?? "PIN" } catch {
            throw DeviceError(error, device)
        }
        let request = PINRequest(
            summary: summary, device: place, triesLeft: state.tries, previousWasWrong: previousWasWrong, wanted: .present(name))
        if state.mayBeLast { try await permitLastTry(request, from: holder) }
        if let pinpad {
            do {
                return try await holder.atPinpad(request) { () async throws(CardError) in
                    try await application.verify(on: pinpad, for: key)
                }
            } catch { throw DeviceError(verifying: error, device) }
        }
        let bytes = try await pin(for: request, from: holder).takeBytes()
        do { return try await application.verify(bytes, for: key) } catch { throw DeviceError(verifying: error, device) }
    }

    private func permitLastTry(_ request: PINRequest, from holder: some Holder) async throws(DeviceError) {
        let isPermitted: Bool
        do { isPermitted = try await holder.permitsLastTry(request) } catch { throw refusal(error, of: request) }
        guard isPermitted else { throw DeviceError(.lastTry, device, triesLeft: request.triesLeft) }
    }

    private func pin(for request: PINRequest, from holder: some Holder) async throws(DeviceError) -> PIN {
        do { return try await holder.pin(for: request) } catch { throw refusal(error, of: request) }
    }

    /// Nobody corrects a wrong PIN: then that is what happened.
    private func refusal(_ error: HolderError, of request: PINRequest) -> DeviceError {
        guard error == .unavailable, request.previousWasWrong else { return DeviceError(error, device) }
        return DeviceError(.wrongPIN, device, triesLeft: request.triesLeft)
    }
}

extension PINState {
    /// The tries left, where the card tells.
    fileprivate var tries: Int? { if case .triesLeft(let tries) = self { tries } else { nil } }

    /// Whether the next wrong PIN may be the one that blocks: one try is left, or the card does not tell.
    fileprivate var mayBeLast: Bool { self == .triesLeft(1) || self == .unknown }
}
