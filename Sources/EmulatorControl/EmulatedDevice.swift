public import Emulation
public import Foundation
import Secrets
import Synchronization

/// A device that was made through the control, and the person who holds it.
public final class EmulatedDevice: Sendable {
    /// What it is inside.
    enum Part: Sendable {
        case token(EmulatedToken)
        case scan(EmulatedScan)
        case mobile(EmulatedMobile)
        case card(EmulatedCardSlot)
    }

    struct State {
        var owner: EmulatorRecipe.Owner?
        var change = 0
        /// What was seen last under that number.
        var seen: EmulatorState.Appearance?
        var look = Look()
        var snapshots = KeptSnapshots()
    }

    /// What the control calls it: the number on its back.
    public let id: String
    /// What it is.
    public let kind: EmulatorKind
    /// Who holds it.
    public let person: EmulatedPerson
    /// What the factory knows of it; `nil` for an eID, which shows nobody its certificates.
    public let made: ManufacturedDevice?
    /// Its clock; `nil` for a card, which has none.
    public let clock: DeviceClock?
    let part: Part
    let state = Mutex(State())
    /// Held while it is looked at: who looks later sees what is later.
    let eye = Mutex(())
    let news: EmulatorNews

    init(
        _ id: String, _ kind: EmulatorKind, _ part: Part, _ person: EmulatedPerson, made: ManufacturedDevice?, clock: DeviceClock?,
        news: EmulatorNews
    ) {
        self.id = id
        self.kind = kind
        self.part = part
        self.person = person
        self.made = made
        self.clock = clock
        self.news = news
        if case .card(let slot) = part { slot.whenStruck { [weak self] in self?.tell() } }
    }

    /// Whose it is, as the bank was told.
    public var owner: EmulatorRecipe.Owner? { state.withLock { $0.owner } }

    /// Something about it has changed.
    func tell() {
        state.withLock {
            $0.change = news.count()
            $0.seen = nil
            if person.prompt != nil { $0.look.settle() }
        }
        news.tell(id)
    }

    // MARK: Its keys, its clock

    /// Presses a Token's button.
    ///
    /// - Throws: ``EmulatorError/notSupported(_:)`` for another device.
    public func press() throws(EmulatorError) {
        let token = try token("a button")
        do throws(DeviceStateError) { try token.press() } catch { throw .unavailable(error.description) }
        tell()
    }

    /// Takes a Token's battery out, or puts it back.
    ///
    /// - Throws: ``EmulatorError/notSupported(_:)`` for another device.
    public func setPower(_ isOn: Bool) throws(EmulatorError) {
        let token = try token("a battery to take out")
        do throws(DeviceStateError) { try token.setPower(isOn) } catch { throw .unavailable(error.description) }
        tell()
    }

    /// Sets its clock; what is `nil` stays.
    ///
    /// - Parameters:
    ///   - offset: how many seconds it is ahead.
    ///   - drift: how many seconds it gains each day from now on.
    /// - Throws: ``EmulatorError``: a card has no clock, or the numbers are too large.
    public func setClock(offset: TimeInterval?, drift: TimeInterval?) throws(EmulatorError) {
        guard let clock else { throw .notSupported("a \(kind.rawValue) has no clock") }
        try clock.set(offset: offset, drift: drift)
        tell()
    }

    /// Lets its person do something else when they are asked.
    public func behave(_ behaviour: Behaviour) { person.behave(behaviour) }

    private func token(_ wanted: String) throws(EmulatorError) -> EmulatedToken {
        guard case .token(let token) = part else { throw .notSupported("a \(kind.rawValue) has not \(wanted)") }
        return token
    }

    // MARK: A card's place

    /// Puts a card into its reader, or a stick into the machine.
    ///
    /// - Throws: ``EmulatorError``: no card, or it is there already.
    public func insert() throws(EmulatorError) {
        let slot = try cardSlot()
        // A fault may have pulled it a moment ago, and its plan went with it.
        readersChanged()
        try slot.insert()
        tell()
    }

    /// Pulls it out, whatever it is doing; what it asks ends.
    ///
    /// - Throws: ``EmulatorError``: no card, or it is not there.
    public func pull() throws(EmulatorError) {
        try cardSlot().pull()
        person.withdraw()
    }

    /// Lets something go wrong from now on, until the card leaves its reader; from the next insertion on when it is out.
    ///
    /// - Throws: ``EmulatorError/notSupported(_:)`` for what is no card.
    public func plan(_ faults: FaultPlan) throws(EmulatorError) {
        try cardSlot().plan(faults)
        tell()
    }

    func cardSlot() throws(EmulatorError) -> EmulatedCardSlot {
        guard case .card(let slot) = part else { throw .notSupported("a \(kind.rawValue) is no card") }
        return slot
    }

    /// Readers have changed: a fault may have pulled the card.
    func readersChanged() {
        guard case .card(let slot) = part, slot.hasLeft() else { return }
        person.withdraw()
    }

    /// Takes it away for ever.
    func remove() {
        state.withLock { $0.look.stop() }?.cancel()
        person.leave()
        if case .card(let slot) = part { slot.remove() }
        news.tell(id)
    }
}
