import CardApplications
import DeviceProtocol
import ISO7816
import Synchronization

/// A card in a reader, and what was read of it: it is read again only when nobody vouches that it is the same.
final class KnownCard: Sendable {
    private struct Memory {
        let application: any CardApplication
        /// The keys of this very card, those included that the application was not opened for the last time.
        let keys: [CardKey]
        /// What the application was opened for, found or not.
        let roles: Set<CardKey.Role>
        /// Who watches over the card; `nil` where nobody can.
        let witness: (any CardWitness)?
    }

    let reader: String
    private let source: any CardSource
    private let usesPinpad: Bool
    private let memory = Mutex<Memory?>(nil)
    /// Whether keys may be taken to be where their family has them; never again after one signed wrongly.
    private let believesPlaces: Mutex<Bool>

    init(in reader: String, of source: any CardSource, usesPinpad: Bool, believesPlaces: Bool = true) {
        self.reader = reader
        self.source = source
        self.usesPinpad = usesPinpad
        self.believesPlaces = Mutex(believesPlaces)
    }

    /// The key for `role`, as far as it was read.
    func remembered(_ role: CardKey.Role) -> CardKey? {
        memory.withLock { $0?.keys.first { $0.role == role } }
    }

    /// Opens the card and reads what is not known of it; for whoever only wants to read.
    func read(for roles: Set<CardKey.Role>, as id: DeviceID?) async throws(CardError) -> any CardApplication {
        try await source.withCard(in: reader, ending: .leave) { channel async throws(CardError) in
            try await open(for: roles, as: id, on: channel)
        }
    }

    /// Powers the card and holds it.
    func session() async throws(CardError) -> any CardSession { try await source.open(reader) }

    /// Selects the application and has the keys for `roles` ready.
    ///
    /// With a witness that is one SELECT, and what was never read. Without one everything is read anew; the certificate of
    /// the wanted key then tells whether it is the same card, and only where it is not known that of authentication.
    ///
    /// - Parameter id: the device that it has to be; `nil` for any card.
    /// - Throws: ``CardError``; `removed` when it is another card.
    func open(for roles: Set<CardKey.Role>, as id: DeviceID?, on channel: any CardChannel) async throws(CardError) -> any CardApplication {
        let known = memory.withLock { $0 }
        let budget = TimeBudget(.seconds(120))
        if let known, let witness = known.witness, await witness.isSameCard(),
            var application = try await resumed(known.application, on: channel)
        {
            if !roles.isSubset(of: known.roles) { application = try await application.adding(keysFor: roles, within: budget) }
            remember(application, of: known, known.roles.union(roles), witness)
            return application
        }
        // From before the card is read, so that what is read is of the card that is watched.
        let witness = await source.witness(of: reader)
        var roles = roles
        let isProven = roles.contains { role in known?.keys.contains { $0.role == role } ?? false }
        if id != nil, !isProven { roles.insert(.authentication) }
        var application = try await CardApplications.open(
            on: channel, for: roles, within: budget, believingPlaces: believesPlaces.withLock { $0 })
        if let id, !isSame(application, as: known, id: id) {
            // A certificate may have been renewed: the one that names the device decides.
            if !roles.contains(.authentication) {
                roles.insert(.authentication)
                application = try await application.adding(keysFor: [.authentication], within: budget)
            }
            let now = DeviceID(authenticating: application)
            // Where no certificate is another one than before, and something could not be read, nobody knows whose card it is.
            if now == nil, !isAnother(application, than: known), let error = application.unusable.first { throw error }
            guard now == id else { throw CardError(.removed, reader, detail: "another card is in the reader now") }
        }
        remember(application, of: id == nil ? nil : known, roles, witness)
        return application
    }

    /// Forgets what was read, because it proved wrong.
    func forget() {
        memory.withLock { $0 = nil }
        believesPlaces.withLock { $0 = false }
    }

    /// - Parameter known: what was read before of the same card.
    private func remember(
        _ application: any CardApplication, of known: Memory?, _ roles: Set<CardKey.Role>, _ witness: (any CardWitness)?
    ) {
        let others = known?.keys.filter { !roles.contains($0.role) } ?? []
        memory.withLock {
            $0 = Memory(application: application, keys: application.keys + others, roles: roles, witness: witness)
        }
    }

    /// The application on a new channel; `nil` when the card, whoever vouched for it, does not take the SELECT.
    private func resumed(_ application: any CardApplication, on channel: any CardChannel) async throws(CardError) -> (any CardApplication)?
    {
        do { return try await application.resumed(on: channel) } catch {
            guard case .refused = error.code else { throw error }
            return nil
        }
    }

    /// Whether a certificate is another one than that of its role before.
    private func isAnother(_ application: any CardApplication, than before: Memory?) -> Bool {
        application.keys.contains { key in
            before?.keys.contains { $0.role == key.role && $0.certificate != key.certificate } ?? false
        }
    }

    /// Whether some certificate is the same as before, and none of the same role another one.
    private func isSame(_ application: any CardApplication, as before: Memory?, id: DeviceID) -> Bool {
        if let now = DeviceID(authenticating: application) { return now == id }
        guard let before else { return false }
        let certificates = application.keys.compactMap { key in
            before.keys.first { $0.role == key.role }.map { $0.certificate == key.certificate }
        }
        return !certificates.isEmpty && certificates.allSatisfy { $0 }
    }
}

extension KnownCard {
    /// One session, one login, one signature over `message`; the session ends with a reset, so that no login outlives it.
    ///
    /// - Parameter certificate: the one that the key has to have; `nil` for whichever it has.
    func sign(
        _ message: [UInt8], with role: CardKey.Role, as id: DeviceID?, by certificate: [UInt8]? = nil, named device: String,
        showing summary: Summary, to holder: some Holder
    ) async throws(DeviceError) -> Response {
        let session: any CardSession
        do { session = try await self.session() } catch { throw DeviceError(error, reader) }
        do throws(DeviceError) {
            let response = try await sign(
                message, with: role, as: id, by: certificate, named: device, showing: summary, to: holder, over: session)
            await session.end(.reset)
            return response
        } catch {
            await session.end(.reset)
            throw error
        }
    }

    private func sign(
        _ message: [UInt8], with role: CardKey.Role, as id: DeviceID?, by certificate: [UInt8]?, named device: String,
        showing summary: Summary, to holder: some Holder, over channel: any CardChannel
    ) async throws(DeviceError) -> Response {
        let application: any CardApplication
        do { application = try await open(for: [role], as: id, on: channel) } catch { throw DeviceError(error, reader) }
        guard let key = application.keys.first(where: { $0.role == role }) else {
            throw DeviceError(.notSupported, device, detail: "the card has no \(role) key with a certificate")
        }
        // Before a PIN is asked for: what the person is shown, and what is written beside the signature, is that certificate.
        guard certificate == nil || certificate == key.certificate else {
            throw DeviceError(.removed, device, detail: "another card is in the reader now")
        }
        // Nobody asks the reader for its keys when no PIN is wanted.
        let pinpad = usesPinpad && key.needsPIN ? await channel.pinpad : nil
        let login = CardLogin(application: application, key: key, device: device, pinpad: pinpad, reader: reader)
        try await login.run(for: summary, with: holder)
        do throws(CardError) {
            return .signature(try await application.sign(message: message, with: key), certificates: [key.certificate])
        } catch {
            switch error.code {
            case .malformedAnswer:
                // The card signed wrongly, or what was remembered of it is not true of it: nothing of that is kept.
                forget()
                channel.objectCache?.forgetAll()
            case .refused where !error.isBeforehand:
                // Perhaps it has no such key; when it is read again, its own directory says.
                believesPlaces.withLock { $0 = false }
            default: break
            }
            throw DeviceError(signing: error, reader)
        }
    }
}
