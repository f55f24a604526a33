import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import ScanChallenge
import Secrets
import Synchronization

extension Emulators {
    /// Makes a device, tells the bank of it when it has an owner, and puts a card into its reader.
    ///
    /// A card's keys are made on the spot, within a second or so.
    ///
    /// - Returns: the device, which is in ``all`` now.
    /// - Throws: ``EmulatorError``; nothing is there then.
    public func make(_ recipe: EmulatorRecipe) async throws(EmulatorError) -> EmulatedDevice {
        try recipe.check()
        let (id, number) = try reserve(recipe)
        do throws(EmulatorError) {
            let device = try await manufacture(recipe, id, number)
            do throws(EmulatorError) {
                if let owner = recipe.owner { try await give(device, to: owner) }
                if case .card(let slot) = device.part { try slot.insert() }
            } catch {
                device.remove()
                throw error
            }
            state.withLock {
                $0.reserved.remove(id)
                $0.devices.append(device)
            }
            device.tell()
            return device
        } catch {
            state.withLock { _ = $0.reserved.remove(id) }
            throw error
        }
    }

    /// Tells the bank of a device that was made without an owner, or for another one.
    ///
    /// - Throws: ``EmulatorError/enrolmentRefused(_:)`` with the bank's reason; ``EmulatorError/notSupported(_:)`` for an eID.
    public func enrol(_ device: EmulatedDevice, for owner: EmulatorRecipe.Owner) async throws(EmulatorError) {
        try await give(device, to: owner)
        device.tell()
    }

    private func give(_ device: EmulatedDevice, to owner: EmulatorRecipe.Owner) async throws(EmulatorError) {
        guard let made = device.made else { throw .notSupported("an eID cannot be enrolled: it needs PACE, not yet") }
        do {
            switch owner {
            case .subscriber(let name): try await factory.hall.enrol(made, for: name)
            case .order(let name): try await factory.hall.register(made, for: name)
            }
        } catch {
            throw .enrolmentRefused("\(error)")
        }
        device.state.withLock { $0.owner = owner }
    }

    private func reserve(_ recipe: EmulatorRecipe) throws(EmulatorError) -> (id: String, number: Int) {
        try state.withLock { state throws(EmulatorError) in
            guard state.devices.count + state.reserved.count < limit else { throw .tooManyEmulators(limit: limit) }
            let taken = state.reserved.union(state.devices.map(\.id))
            var number = state.numbers[recipe.kind, default: 0] + 1
            func numbered(_ number: Int) -> String { "\(recipe.kind.prefix)-\(String(10_000 + number).dropFirst())" }
            // As many numbers can be taken as there are devices.
            while recipe.serial == nil, taken.contains(numbered(number)) { number += 1 }
            let id = recipe.serial ?? numbered(number)
            guard !taken.contains(id) else { throw .serialTaken(id) }
            state.numbers[recipe.kind] = number
            state.reserved.insert(id)
            return (id, number)
        }
    }

    /// Away from whoever asked: making keys takes its time.
    @concurrent private func manufacture(_ recipe: EmulatorRecipe, _ id: String, _ number: Int) async throws(EmulatorError)
        -> EmulatedDevice
    {
        let clock = DeviceClock(now)
        let bell = Bell()
        do {
            let person = try EmulatedPerson(
                recipe.behaviour, pin: recipe.pin, patience: patience, clock: self.clock, now: now, tell: { bell.ring() })
            let (part, made) = try await part(recipe, DeviceID(id), number, clock, person)
            let device = EmulatedDevice(
                id, recipe.kind, part, person, made: made, clock: recipe.kind.card == nil ? clock : nil, news: news)
            bell.hang { [weak device] in device?.tell() }
            return device
        } catch let error as EmulatorError {
            throw error
        } catch let error as PersonalisationError {
            throw .invalidRequest(error.description)
        } catch {
            throw .unavailable("\(error)")
        }
    }

    private func part(
        _ recipe: EmulatorRecipe, _ serial: DeviceID, _ number: Int, _ clock: DeviceClock, _ person: EmulatedPerson
    ) async throws -> (EmulatedDevice.Part, ManufacturedDevice?) {
        var random = SystemRandomNumberGenerator()
        switch recipe.kind {
        case .token:
            let (token, record) = try EmulatedToken.manufacture(serial: serial, now: { clock.now }, using: &random)
            return (.token(token), ManufacturedDevice(serial, .token, .seed(record.seed)))
        case .scan:
            let (scan, record) = try EmulatedScan.manufacture(serial: serial, issuer: issuer(), clock: { clock.now }, using: &random)
            let made = ManufacturedDevice(serial, .scan, .scan(record)) { nonce, enrolment in
                try scan.pair(nonce: nonce, enrolment: enrolment)
                return try ScanKeys(record: record, nonce: nonce, enrolment: enrolment)
            }
            return (.scan(scan), made)
        case .mobile:
            let (mobile, record) = try EmulatedMobile.manufacture(serial: serial, issuer: issuer(), now: { clock.now }, using: &random)
            let made = ManufacturedDevice(serial, .mobile, .mobile(record, mobile.answerKey)) { nonce, enrolment in
                var random = SystemRandomNumberGenerator()
                try mobile.pair(nonce: nonce, enrolment: enrolment, pin: person.knownPIN(), using: &random)
                return try ScanKeys(record: record, nonce: nonce, enrolment: enrolment)
            }
            return (.mobile(mobile), made)
        case .smartcard, .stick, .eid:
            let model = recipe.model ?? recipe.kind.card ?? .piv
            let card = try card(model, recipe)
            let made = recipe.kind == .eid ? nil : try await certificates(of: card, as: recipe.kind)
            let slot = try EmulatedCardSlot(
                card, model, holder: recipe.holder, in: recipe.kind.reader(number), isStick: recipe.kind == .stick, of: readers)
            return (.card(slot), made)
        }
    }

    private func issuer() throws(EmulatorError) -> ScanIssuerIdentity {
        guard let issuer = factory.issuer else { throw .unavailable("the bank seals no challenges: it has no issuer") }
        return issuer
    }

    private func card(_ model: CardModel, _ recipe: EmulatorRecipe) throws(PersonalisationError) -> VirtualCard {
        let (holder, pin, tries, authority, now) = (recipe.holder, recipe.pin, recipe.tries, factory.authority, now())
        switch model {
        case .luxTrustSmartcard: return try .iasClassic(.v4, holder: holder, pin: pin, tries: tries, authority: authority, now: now)
        case .luxTrustStick: return try .iasClassic(.v3, holder: holder, pin: pin, tries: tries, authority: authority, now: now)
        case .luxembourgEID: return try .eID(holder: holder, pin: pin, tries: tries, authority: authority, now: now)
        case .piv: return try .piv(holder: holder, keys: .p256, pin: pin, tries: tries, authority: authority, now: now)
        case .pkcs15: return try .pkcs15(holder: holder, pin: pin, tries: tries, authority: authority, now: now)
        }
    }

    /// Reads a new card's certificates as everybody will, in a reader that nobody else knows.
    private func certificates(of card: VirtualCard, as kind: EmulatorKind) async throws -> ManufacturedDevice {
        let (reader, bench) = ("Factory", VirtualReaders())
        try bench.attach(reader)
        try bench.insert(card, in: reader)
        let device = try await CardDevice.opening(reader: reader, of: bench, isEmulated: true)
        guard let login = try await device.certificate(for: .authentication), let approval = try await device.certificate(for: .signature)
        else { throw EmulatorError.unavailable("the card was made without two certificates") }
        bench.detach(reader)
        return ManufacturedDevice(
            device.descriptor.id, kind.device, .certificates(authentication: login, signature: approval))
    }
}

/// What a person rings before their device is there.
private final class Bell: Sendable {
    private let action = Mutex<(@Sendable () -> Void)?>(nil)

    func hang(_ action: @escaping @Sendable () -> Void) { self.action.withLock { $0 = action } }

    func ring() { action.withLock { $0 }?() }
}
