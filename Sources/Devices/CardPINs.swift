public import CardApplications
public import DeviceProtocol
public import ISO7816

/// The PINs of a card in a reader, as the person keeps them: checked, changed, unblocked.
///
/// Each call is one session with the card, ended with a reset. Tries are read first, the last one is never spent unasked,
/// and nothing is ever sent twice.
public struct CardPINs: Sendable {
    /// Which PIN is meant.
    public enum Choice: Hashable, Sendable {
        /// The first one that guards keys.
        case ofKeys
        /// The one that unblocks another: the PUK.
        case unblocking
        /// The one with this label, in capitals or not.
        case labelled(String)
    }

    private let reader: String
    private let source: any CardSource
    private let device: String
    private let usesPinpad: Bool

    /// The PINs of the card in `reader`; nothing is touched yet.
    ///
    /// - Parameter usesPinpad: whether PINs are entered on the reader's own keys where it has some.
    public init(reader: String, of source: any CardSource, usesPinpad: Bool = true) {
        self.reader = reader
        self.source = source
        self.usesPinpad = usesPinpad
        device = DeviceDescriptor.name(in: reader)
    }

    /// Checks a PIN with one VERIFY, or one more for each time that the person corrects it.
    ///
    /// - Returns: what the card says of that PIN afterwards, asked anew after the reset.
    /// - Throws: ``DeviceError``, e.g. `wrongPIN` with the tries left.
    public func verify(_ choice: Choice, with holder: some Holder) async throws(DeviceError) -> PINState {
        let pin = try await session { application throws(DeviceError) in
            let pin = try find(choice, in: application)
            let summary = summary("Check of the \(application.name(of: pin))", application)
            if let key = application.keys.first(where: { (try? application.pin(for: $0)) == pin }) {
                let login = CardLogin(
                    application: application, key: key, device: device, pinpad: await pinpad(of: application), reader: reader)
                try await login.run(for: summary, with: holder)
            } else {
                try await dialogue(pin, in: application, on: pinpad(of: application)).verify(for: summary, with: holder)
            }
            return pin
        }
        return try await session { application throws(DeviceError) in
            do throws(CardError) { return try await application.state(of: pin) } catch { throw DeviceError(error, reader) }
        }
    }

    /// Sets a PIN anew, knowing the present one.
    ///
    /// The new one is asked for twice, and looked at before anything is sent.
    ///
    /// - Throws: ``DeviceError``; `wrongPIN` with the tries left when the present one was wrong; `notSupported` for a PIN that
    ///   the card lets nobody change, before anybody is asked.
    public func change(_ choice: Choice, with holder: some Holder) async throws(DeviceError) {
        try await session { application throws(DeviceError) in
            let pin = try find(choice, in: application)
            guard pin.isChangeable else {
                throw DeviceError(.notSupported, device, detail: "it lets nobody change the \(application.name(of: pin))")
            }
            let summary = summary("Change of the \(application.name(of: pin))", application)
            try await dialogue(pin, in: application, on: pinpad(of: application)).change(for: summary, with: holder)
        }
    }

    /// Sets a PIN that may be blocked anew, with its PUK.
    ///
    /// - Throws: ``DeviceError``; `wrongPUK` with the tries left; `notSupported` where no PUK is known.
    public func unblock(_ choice: Choice, with holder: some Holder) async throws(DeviceError) {
        try await session { application throws(DeviceError) in
            let pin = try find(choice, in: application)
            guard let rules = pin.unblocking else {
                throw DeviceError(.notSupported, device, detail: "no PUK is known for the \(pin.label)")
            }
            let puk =
                application.pins.first { $0.rules == rules && $0.id != pin.id }
                ?? CardPIN(label: "PUK", role: .unblocking, rules: rules)
            let summary = summary("Unblocking of the \(application.name(of: pin))", application)
            try await dialogue(puk, in: application, on: pinpad(of: application)).unblock(
                pin, called: application.name(of: pin), for: summary, with: holder)
        }
    }

    /// One session with the card, whatever happens ended with a reset.
    private func session<R: Sendable>(
        _ body: (any CardApplication) async throws(DeviceError) -> R
    ) async throws(DeviceError) -> R {
        let session: any CardSession
        do { session = try await source.open(reader) } catch { throw DeviceError(error, reader) }
        do throws(DeviceError) {
            let application: any CardApplication
            do { application = try await CardApplications.open(on: session) } catch { throw DeviceError(error, reader) }
            let result = try await body(application)
            await session.end(.reset)
            return result
        } catch {
            await session.end(.reset)
            throw error
        }
    }

    private func find(_ choice: Choice, in application: any CardApplication) throws(DeviceError) -> CardPIN {
        let found =
            switch choice {
            case .ofKeys: application.pins.first { $0.role == .user || $0.role == .signature }
            case .unblocking: application.pins.first { $0.role == .unblocking }
            case .labelled(let label): application.pins.first { $0.label.lowercased() == label.lowercased() }
            }
        if let found { return found }
        let labels = application.pins.map { "\"\($0.label)\"" }.joined(separator: ", ")
        throw DeviceError(.notSupported, device, detail: labels.isEmpty ? "it tells of no PIN" : "its PINs are \(labels)")
    }

    private func pinpad(of application: any CardApplication) async -> (any Pinpad)? {
        usesPinpad ? await application.channel.pinpad : nil
    }

    private func dialogue(_ pin: CardPIN, in application: any CardApplication, on pinpad: (any Pinpad)?) -> PINDialogue {
        PINDialogue(
            application: application, pin: pin, name: application.name(of: pin), device: device, pinpad: pinpad, reader: reader)
    }

    private func summary(_ title: String, _ application: any CardApplication) -> Summary {
        Summary(title: title, lines: [.init("Card", application.identity.label ?? application.name), .init("Reader", reader)])
    }
}

extension CardApplication {
    /// What the person calls it: "PIN" or "PUK" where there is only one, otherwise the card's own label.
    func name(of pin: CardPIN) -> String {
        if pin.role == .unblocking { return "PUK" }
        let others = pins.filter { $0.role != .unblocking }
        return others.count > 1 ? pin.label : "PIN"
    }
}
