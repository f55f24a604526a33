/// An event made ready to be appended to the audit log, by whoever looked up before whom it is about.
public struct PreparedEvent: Sendable {
    /// What happened.
    public let event: AuditEvent
    /// Whom it is about, as earlier rows have it; `nil` where none has, or it is about nobody.
    public let person: AuditPerson?
    /// What its row holds of the person.
    let reference: [UInt8]?

    /// An event about a person whose reference is worked out now.
    package init(_ event: AuditEvent, about person: AuditPerson?) {
        self.event = event
        self.person = person
        reference = person?.reference
    }
}
