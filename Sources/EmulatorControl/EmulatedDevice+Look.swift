public import DeviceProtocol
import Emulation
import Pictures
import Secrets
import Synchronization

extension EmulatedDevice {
    /// How long a look waits until the device asks or is done: both are computations alone.
    static let lookLimit = Duration.seconds(30)
    /// How often a look is begun while others begin theirs.
    private static let attempts = 8

    /// Holds the camera of a Scan or phone to a picture.
    ///
    /// Where there are several QR codes, the first sealed one counts, as a camera would be turned to it.
    ///
    /// - Parameters:
    ///   - picture: PNG or JPEG.
    ///   - isOnline: whether a phone answers with a signature, too.
    /// - Throws: ``EmulatorError``: no camera, no picture, no code in it.
    public func look(atPicture picture: [UInt8], online isOnline: Bool = false) async throws(EmulatorError) {
        try checkCamera(isOnline)
        let texts: [String]
        do throws(PictureError) { texts = try QRReader.texts(in: picture) } catch { throw .unreadablePicture(error.description) }
        guard let text = texts.first(where: { $0.hasPrefix("SC") }) ?? texts.first else { throw .noCode }
        try await look(at: text, online: isOnline)
    }

    /// Lets a Scan or phone read the text of a QR code, in place of what it looked at before; returns once it asks its person,
    /// refuses, or shows a code.
    ///
    /// - Throws: ``EmulatorError/notSupported(_:)`` for a device without a camera, or an online answer of a Scan. What the device
    ///   refuses is its own state.
    public func look(at text: String, online isOnline: Bool = false) async throws(EmulatorError) {
        try checkCamera(isOnline)
        let settling = Handover<Void, HolderError>()
        var isLooking = false
        // Somebody else may have begun a look meanwhile: the last one counts.
        for _ in 0..<Self.attempts where !isLooking {
            await lookAway()
            isLooking = state.withLock { state in
                guard state.look.task == nil else { return false }
                state.look.number += 1
                state.look.settling = settling
                let number = state.look.number
                state.look.task = Task { [self] in
                    let outcome = await outcome(of: .sealed(text), online: isOnline)
                    end(number, outcome)
                }
                return true
            }
        }
        guard isLooking else { throw .unavailable("too many want this device to look at something") }
        try? await settling.take(within: Self.lookLimit, on: ContinuousClock(), late: .timedOut, onCancel: .cancelled)
    }

    /// What the last look gave.
    ///
    /// - Throws: ``EmulatorError/noAnswer``.
    public func answer() throws(EmulatorError) -> Response {
        guard case .response(let response)? = state.withLock({ $0.look.outcome }) else { throw .noAnswer }
        return response
    }

    /// Looks away; what it asks ends, and nothing of it shows later.
    func lookAway() async {
        guard let task = state.withLock({ $0.look.stop() }) else { return }
        task.cancel()
        person.leave()
        await task.value
    }

    private func end(_ number: Int, _ outcome: Look.Outcome) {
        let isLast = state.withLock { state in
            guard state.look.number == number else { return false }
            state.look.task = nil
            state.look.outcome = outcome
            state.look.settle()
            return true
        }
        if isLast { tell() }
    }

    private func outcome(of presentation: Presentation, online isOnline: Bool) async -> Look.Outcome {
        do throws(DeviceError) {
            switch part {
            case .scan(let scan): return .response(try await scan.respond(to: presentation, with: person))
            case .mobile(let mobile) where isOnline: return .response(try await mobile.respondOnline(to: presentation, with: person))
            case .mobile(let mobile): return .response(try await mobile.respond(to: presentation, with: person))
            case .token(let token): return .response(try await token.respond(to: presentation, with: person))
            case .card(let slot): throw DeviceError(.notSupported, slot.reader, detail: "a card has no camera")
            }
        } catch {
            return .failure(error)
        }
    }

    private func checkCamera(_ isOnline: Bool) throws(EmulatorError) {
        guard kind == .scan || kind == .mobile else { throw .notSupported("a \(kind.rawValue) has no camera") }
        guard !isOnline || kind == .mobile else { throw .notSupported("only a phone answers online") }
    }
}
