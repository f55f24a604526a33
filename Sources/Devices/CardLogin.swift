import CardApplications
import DeviceProtocol
import ISO7816

/// The dialogue about a card's PIN: tries are read first, the last one is never spent unasked, no VERIFY is ever repeated.
struct CardLogin {
    let application: any CardApplication
    let key: CardKey
    let device: String

    /// Asks until the PIN is right, the person gives up, or no try may be spent.
    func run(for summary: Summary, with holder: some Holder) async throws(DeviceError) {
        var triesLeft: Int?
        var previousWasWrong = false
        guard key.needsPIN else { return }
        switch try await pinState() {
        case .notNeeded: return
        case .verified where !key.needsPINForEachSignature: return
        case .blocked: throw DeviceError(.blocked, device, triesLeft: 0)
        case .triesLeft(let tries): triesLeft = tries
        case .verified, .unknown: break
        }
        while true {
            let request = PINRequest(summary: summary, device: device, triesLeft: triesLeft, previousWasWrong: previousWasWrong)
            switch try await verify(try await pin(for: request, from: holder)) {
            case .accepted: return
            case .blocked: throw DeviceError(.blocked, device, triesLeft: 0)
            case .wrong(let left):
                triesLeft = left
                previousWasWrong = true
            }
        }
    }

    private func pinState() async throws(DeviceError) -> PINState {
        do { return try await application.pinState(for: key) } catch { throw DeviceError(error, device) }
    }

    private func pin(for request: PINRequest, from holder: some Holder) async throws(DeviceError) -> PIN {
        do {
            if request.triesLeft == 1, try await !holder.permitsLastTry(request) {
                throw DeviceError(.lastTry, device, triesLeft: 1)
            }
            return try await holder.pin(for: request)
        } catch let error as DeviceError {
            throw error
        } catch HolderError.unavailable where request.previousWasWrong {
            throw DeviceError(.wrongPIN, device, triesLeft: request.triesLeft)
        } catch let error as HolderError {
            throw DeviceError(error, device)
        } catch {
            throw DeviceError(.cancelled, device)
        }
    }

    private func verify(_ pin: consuming PIN) async throws(DeviceError) -> PINOutcome {
        let bytes = pin.takeBytes()
        do { return try await application.verify(bytes, for: key) } catch { throw DeviceError(verifying: error, device) }
    }
}
