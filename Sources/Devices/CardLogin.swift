import CardApplications
import DeviceProtocol
import ISO7816

/// The dialogue about a card's PIN: tries are read first, the last one is never spent unasked, no VERIFY is ever repeated.
struct CardLogin {
    let application: any CardApplication
    let key: CardKey
    let device: String

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
            let request = PINRequest(summary: summary, device: device, triesLeft: state.tries, previousWasWrong: previousWasWrong)
            let pin = try await pin(for: request, mayBeLast: state.mayBeLast, from: holder)
            switch try await verify(pin) {
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

    private func pin(for request: PINRequest, mayBeLast: Bool, from holder: some Holder) async throws(DeviceError) -> PIN {
        do throws(HolderError) {
            let isPermitted = mayBeLast ? try await holder.permitsLastTry(request) : true
            if isPermitted { return try await holder.pin(for: request) }
        } catch {
            // Nobody corrects a wrong PIN: then that is what happened.
            if error == .unavailable, request.previousWasWrong { throw DeviceError(.wrongPIN, device, triesLeft: request.triesLeft) }
            throw DeviceError(error, device)
        }
        throw DeviceError(.lastTry, device, triesLeft: request.triesLeft)
    }

    private func verify(_ pin: consuming PIN) async throws(DeviceError) -> PINOutcome {
        let bytes = pin.takeBytes()
        do { return try await application.verify(bytes, for: key) } catch { throw DeviceError(verifying: error, device) }
    }
}

extension PINState {
    /// The tries left, where the card tells.
    fileprivate var tries: Int? { if case .triesLeft(let tries) = self { tries } else { nil } }

    /// Whether the next wrong PIN may be the one that blocks: one try is left, or the card does not tell.
    fileprivate var mayBeLast: Bool { self == .triesLeft(1) || self == .unknown }
}
