import ArgumentParser
import DeviceProtocol

/// What the person signs as, where a rule of the bank wants several signatures.
struct SignerOptions: ParsableArguments {
    @Option(help: "The bank's name for the rule.")
    var rule: String?
    @Option(help: "The person's part in it.")
    var role: String?
    @Option(help: "Which signature of how many: 1/2.")
    var signature: String?

    func validate() throws {
        let given = [rule, role, signature].filter { $0 != nil }.count
        guard given == 0 || given == 3 else { throw ValidationError("One of several signatures needs --rule, --role and --signature.") }
        guard signature == nil || numbers != nil else { throw ValidationError("--signature is a number of a number: 1/2.") }
    }

    private var numbers: (Int, Int)? {
        let parts = (signature ?? "").split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1] else { return nil }
        return (number, count)
    }

    /// The role; `nil` where the person signs alone.
    func signerRole() throws(ContentError) -> SignerRole? {
        guard let rule, let role, let (number, count) = numbers else { return nil }
        return try SignerRole(rule: rule, role: role, number: number, of: count)
    }
}
