import CardApplications
import CardProfiles
public import DeviceProtocol
import ISO7816

extension CardDevice: StatusDevice {
    /// Asks the card how many tries are left for the PIN of its authentication key, and what such a PIN may be; no try is spent.
    ///
    /// The holder is the common name in its authentication certificate, which nobody has verified.
    ///
    /// - Throws: ``DeviceError``, e.g. `heldByAnotherProgram`.
    public func status() async throws(DeviceError) -> DeviceStatus {
        do { return try await card.status(as: descriptor.id) } catch { throw DeviceError(error, reader) }
    }
}

extension KnownCard {
    fileprivate func status(as id: DeviceID) async throws(CardError) -> DeviceStatus {
        let session = try await session()
        let result: Result<DeviceStatus, CardError>
        do throws(CardError) {
            let application = try await open(for: [.authentication], as: id, on: session)
            result = .success(try await application.status)
        } catch { result = .failure(error) }
        await session.end(.leave)
        return try result.get()
    }
}

extension CardApplication {
    /// Whose the authentication key is, and what its PIN is like; nothing of a PIN where none guards it.
    fileprivate var status: DeviceStatus {
        get async throws(CardError) {
            guard let key = keys.first(where: { $0.role == .authentication }) else { return DeviceStatus() }
            let holder = CertifiedName.of(key.certificate)
            guard key.needsPIN, let pin = try pin(for: key) else { return DeviceStatus(holder: holder) }
            let form = DeviceStatus.PINForm(pin.rules)
            return switch try await state(of: pin) {
            case .triesLeft(let left): DeviceStatus(triesLeft: left, pin: form, holder: holder)
            case .blocked: DeviceStatus(triesLeft: 0, pin: form, holder: holder)
            case .notNeeded, .verified, .notUsable, .unknown: DeviceStatus(pin: form, holder: holder)
            }
        }
    }
}

extension DeviceStatus.PINForm {
    fileprivate init(_ rules: PINRules) {
        self.init(
            alphabet: rules.alphabet == .digits ? .digits : .characters, minLength: rules.lengths.lowerBound,
            maxLength: rules.lengths.upperBound)
    }
}
