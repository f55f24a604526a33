import Crypto
public import DeviceProtocol

/// Many devices at once: keys that came from their maker, for people who hold the devices already.
extension Enrolments {
    /// How many devices are enrolled in one transaction of the store, usually: few enough that others need not wait long.
    public static let importGroup = 500

    /// A device that is to be enrolled, with the key it holds and whose it is.
    public struct Import: Sendable {
        /// The device.
        public let device: DeviceID
        /// Who holds it.
        public let subscriber: SubscriberID
        /// Its key.
        public let registration: Registration
        /// Whether it is a program.
        public let isEmulated: Bool
        /// How the person was identified; without it the device opens nothing until ``identify(_:by:)`` says so.
        public let identification: Identification?

        /// A device.
        public init(
            _ device: DeviceID, of subscriber: SubscriberID, with registration: Registration, isEmulated: Bool = false,
            identification: Identification? = nil
        ) {
            self.device = device
            self.subscriber = subscriber
            self.registration = registration
            self.isEmulated = isEmulated
            self.identification = identification
        }
    }

    /// What became of a group.
    public struct Imported: Hashable, Sendable {
        /// How many devices were enrolled.
        public internal(set) var enrolled = 0
        /// Those that were enrolled before, for the same person with the same key: a second run goes on where the first one stopped.
        public internal(set) var knownDevices: [DeviceID] = []
        /// How many people were created.
        public internal(set) var created = 0
        /// How many of all these devices name no identification of their holder, and therefore open nothing yet.
        public internal(set) var unidentified = 0
        /// How many of all these devices are of people without a password, who therefore cannot log in yet.
        public internal(set) var withoutPassword = 0

        /// How many were enrolled before.
        public var known: Int { knownDevices.count }

        /// Counts what its holder lacks.
        fileprivate mutating func count(_ enrolment: Enrolment, of holder: Subscriber?) {
            if enrolment.life.identification == nil { unidentified += 1 }
            if holder?.record.password == nil { withoutPassword += 1 }
        }
    }

    /// Why a group was not enrolled; nothing of it was.
    public struct ImportRefusal: Error, Hashable, Sendable {
        /// Which of the group, from 0; `nil` when it is none's in particular.
        public let index: Int?
        /// Why.
        public let reason: SubscriberError
    }

    /// Enrols some devices, all or none of them, in one transaction; they are active at once.
    ///
    /// - Parameters:
    ///   - group: the devices, some hundred.
    ///   - product: what they are; Tokens and other devices whose key is all there is to know.
    ///   - createsSubscribers: whether people who are not there are created, without a password.
    ///   - isTrial: whether everything is looked at, and nothing is written.
    /// - Throws: ``ImportRefusal``: a device is somebody else's or has another key, a person is not there or has too many, and whatever
    ///   ``enrol(_:as:for:with:id:isEmulated:life:replacing:)`` refuses.
    public func enrol(
        _ group: [Import], as product: ProductProfile.ID, createsSubscribers: Bool = false, isTrial: Bool = false
    ) async throws(ImportRefusal) -> Imported {
        let profile: ProductProfile
        do throws(VerificationError) { profile = try policy.profile(of: product) } catch {
            throw ImportRefusal(index: nil, reason: .verification(error))
        }
        let end = profile.validity(from: now())
        var prepared: [Enrolment] = []
        var generator = SystemRandomNumberGenerator()
        for (index, one) in group.enumerated() {
            do throws(VerificationError) {
                var enrolment = try await prepare(
                    one.device, as: product, for: one.subscriber, with: one.registration, id: EnrolmentID(using: &generator),
                    isEmulated: one.isEmulated)
                enrolment.life.validUntil = end
                enrolment.life.identification = one.identification
                prepared.append(enrolment)
            } catch { throw ImportRefusal(index: index, reason: .verification(error)) }
        }
        let result: Result<Imported, ImportRefusal>
        do throws(StoreError) {
            result = try await isTrial ? look(at: prepared, profile, createsSubscribers) : write(prepared, profile, createsSubscribers)
        } catch {
            // A group that is refused undoes what was written before the refusal.
            if case .conflict = error, let refusal = await refusal(of: prepared, profile, createsSubscribers) { throw refusal }
            throw ImportRefusal(index: nil, reason: .store(error))
        }
        return try result.get()
    }

    private func write(
        _ group: [Enrolment], _ profile: ProductProfile, _ creates: Bool
    ) async throws(StoreError) -> Result<Imported, ImportRefusal> {
        return try await store.write { transaction throws(StoreError) in
            let now = now()
            var done = Imported()
            for (index, prepared) in group.enumerated() {
                switch try transaction.standing(of: prepared, creates: creates) {
                case .known(let enrolment, let holder):
                    done.knownDevices.append(enrolment.device)
                    done.count(enrolment, of: holder)
                case .refused(let reason):
                    // Thrown, so that nothing of the group stays; the caller looks for the reason.
                    guard index == 0 else { throw .conflict("a device of the group is refused") }
                    return .failure(ImportRefusal(index: index, reason: reason))
                case .new(let holder):
                    var enrolment = prepared
                    if holder == nil {
                        try transaction.add(Subscriber(id: prepared.subscriber), at: now)
                        done.created += 1
                    }
                    if let refusal = try transaction.admit(&enrolment, as: profile, replacing: nil, at: now) {
                        guard index == 0, holder != nil else { throw .conflict("a device of the group is refused") }
                        return .failure(ImportRefusal(index: index, reason: .verification(refusal)))
                    }
                    try transaction.insert(enrolment)
                    try transaction.append(AuditEvent(.activated, of: enrolment, at: now, detail: "\(profile.id), imported"))
                    done.enrolled += 1
                    done.count(enrolment, of: holder)
                }
            }
            return .success(done)
        }
    }

    /// What ``write(_:_:_:)`` would do, as far as that can be told without writing.
    private func look(
        at group: [Enrolment], _ profile: ProductProfile, _ creates: Bool
    ) async throws(StoreError) -> Result<Imported, ImportRefusal> {
        let now = now()
        return try await store.read { reader throws(StoreError) in
            var done = Imported()
            var people: [SubscriberID: Int] = [:]
            var strangers: Set<SubscriberID> = []
            for (index, enrolment) in group.enumerated() {
                switch try reader.standing(of: enrolment, creates: creates) {
                case .known(let former, let holder):
                    done.knownDevices.append(former.device)
                    done.count(former, of: holder)
                case .refused(let reason): return .failure(ImportRefusal(index: index, reason: reason))
                case .new(let holder):
                    done.enrolled += 1
                    done.count(enrolment, of: holder)
                    if holder == nil { strangers.insert(enrolment.subscriber) }
                    people[enrolment.subscriber, default: 0] += 1
                    guard let limit = profile.limitPerSubscriber else { continue }
                    let held = try reader.enrolments(of: enrolment.subscriber).living(at: now).count { $0.product == profile.id }
                    guard held + people[enrolment.subscriber, default: 0] <= limit else {
                        return .failure(ImportRefusal(index: index, reason: .verification(.limitReached(profile.id, limit: limit))))
                    }
                }
            }
            done.created = strangers.count
            return .success(done)
        }
    }

    /// Which of a group is refused, and why; `nil` when none is any more.
    private func refusal(of group: [Enrolment], _ profile: ProductProfile, _ creates: Bool) async -> ImportRefusal? {
        do throws(StoreError) {
            if case .failure(let refusal) = try await look(at: group, profile, creates) { return refusal }
        } catch { return ImportRefusal(index: nil, reason: .store(error)) }
        return nil
    }
}

/// What a store knows of a device that is to be imported.
private enum Standing {
    /// It is enrolled, for this person with this key.
    case known(Enrolment, of: Subscriber?)
    /// It can be enrolled; the person has to be created where there is none.
    case new(of: Subscriber?)
    /// It cannot.
    case refused(SubscriberError)
}

extension StoreReader {
    /// Where a device stands, without writing.
    fileprivate func standing(of enrolment: Enrolment, creates: Bool) throws(StoreError) -> Standing {
        if let former = try self.enrolment(of: enrolment.device), !former.state.isFinal {
            let isSame = former.subscriber == enrolment.subscriber && former.credential.hasKey(of: enrolment.credential)
            guard isSame else { return .refused(.verification(.alreadyEnrolled(enrolment.device))) }
            return .known(former, of: try subscriber(enrolment.subscriber))
        }
        let holder = try subscriber(enrolment.subscriber)
        return holder != nil || creates ? .new(of: holder) : .refused(.noSuchSubscriber(enrolment.subscriber))
    }
}

extension Credential {
    /// Whether both are of one key.
    fileprivate func hasKey(of other: Credential) -> Bool {
        switch (self, other) {
        case (.timedCode(let one), .timedCode(let two)): one.key == two.key
        case (.countedCode(let one), .countedCode(let two)): one.key == two.key
        default: false
        }
    }
}
