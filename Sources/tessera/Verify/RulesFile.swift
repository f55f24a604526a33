import Foundation
import Verification

/// A file of signature rules.
enum RulesFile {
    /// Reads it; `-` is standard input.
    ///
    /// - Throws: ``Failure``, also for a member that stands twice, of which a person may have read the other one; ``SignatureRuleError``.
    static func read(_ name: String) throws -> SignatureRules {
        let bytes = try InputFile.read(name, limit: 16 << 20)
        let rules = try SignatureRules(json: Data(bytes))
        if let doubled = DoubledMember.all(in: bytes).first {
            throw Failure(
                "in \"\(name)\" \"\(doubled.path)\" stands twice, again in line \(doubled.line)", hint: "leave one of them out",
                exit: .refused)
        }
        return rules
    }
}
