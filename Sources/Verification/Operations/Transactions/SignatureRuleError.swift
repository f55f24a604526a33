public import DeviceProtocol

/// Why something is no rule about signatures, or not one beside the others.
public enum SignatureRuleError: Error, Hashable, Sendable {
    /// Not JSON of the form that rules have; the text says where.
    case malformed(String)
    /// The account, currency or amount is none.
    case unsuitableValue(ContentError)
    /// Not a user ID.
    case unsuitableSubscriber(String)
    /// The rule's name or a role cannot be shown.
    case unsuitableText(ContentError)
    /// Nobody may sign.
    case noSigners
    /// More people than a rule can name.
    case tooManySigners(Int)
    /// A person is named twice.
    case duplicateSigner(SubscriberID)
    /// No signature is wanted, or more than there are people.
    case impossibleCount(Int, signers: Int)
    /// A group has nobody in it.
    case emptyGroup
    /// Nobody of a group must sign, or more than it has members.
    case impossibleGroup(Int, members: Int)
    /// A member of a group may not sign.
    case unknownMember(SubscriberID)
    /// A person is in two groups.
    case overlappingGroups(SubscriberID)
    /// The groups together want more people than sign.
    case tooFewSignatures(Int, wanted: Int)
    /// No amount lies in the band.
    case emptyBand
    /// Two rules of an account have one name.
    case duplicateName(String)
    /// Two rules of an account cover one amount.
    case overlappingBands(String, String)
    /// Two rules of an account cover what no other covers.
    case twoWithoutBand(String, String)
}

extension SignatureRuleError: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .malformed(let reason): "not rules about signatures: \(reason)"
        case .unsuitableValue(let error): "a rule's account or amount: \(error.description)"
        case .unsuitableSubscriber(let text): "\"\(text)\" is not a user ID"
        case .unsuitableText(let error): "a rule's name or role: \(error.description)"
        case .noSigners: "a rule names nobody who may sign"
        case .tooManySigners(let count): "a rule names \(count) people, at most \(SignatureRule.signerLimit) are allowed"
        case .duplicateSigner(let person): "a rule names \"\(person)\" twice"
        case .impossibleCount(let count, let signers): "a rule wants \(count) signatures of \(signers) people"
        case .emptyGroup: "a group of a rule has no members"
        case .impossibleGroup(let count, let members): "a group of \(members) people shall sign \(count) times"
        case .unknownMember(let person): "\"\(person)\" is in a group and not among those who may sign"
        case .overlappingGroups(let person): "\"\(person)\" is in two groups of a rule"
        case .tooFewSignatures(let count, let wanted): "the groups want \(wanted) people, and the rule \(count) signatures"
        case .emptyBand: "no amount lies in a rule's band"
        case .duplicateName(let name): "two rules of one account are called \"\(name)\""
        case .overlappingBands(let one, let other): "the rules \"\(one)\" and \"\(other)\" of one account cover the same amounts"
        case .twoWithoutBand(let one, let other): "the rules \"\(one)\" and \"\(other)\" of one account have no band"
        }
    }

    /// What to do next.
    public var hint: String {
        switch self {
        case .malformed: "compare with the example in Docs/Operations.md"
        case .unsuitableValue: "correct the IBAN, or write the amount with a point: \"10000.00\""
        case .unsuitableSubscriber: "take 1 to 64 printable ASCII characters without spaces"
        case .unsuitableText: "take 1 to 32 bytes of plain text"
        case .noSigners, .tooManySigners: "name 1 to \(SignatureRule.signerLimit) people"
        case .duplicateSigner: "name each person once; a person's second signature would not count"
        case .impossibleCount: "want at least 1 signature, and at most one of each person"
        case .emptyGroup, .impossibleGroup: "give the group at least as many members as must sign"
        case .unknownMember: "add the person to the signers, or take them out of the group"
        case .overlappingGroups: "make the groups of different people, or two rules of them"
        case .tooFewSignatures: "want more signatures, or fewer of the groups"
        case .emptyBand: "write \"above\" smaller than \"upTo\", both at most 15 digits"
        case .duplicateName: "give each rule of an account a name of its own: it is what people sign"
        case .overlappingBands: "let one band end where the next begins"
        case .twoWithoutBand: "give one of them a band"
        }
    }
}
