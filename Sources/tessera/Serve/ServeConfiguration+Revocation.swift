import DeviceProtocol
import Foundation
import Logging
import Verification

// When wrong answers block, and whether certificates are asked for that their authority took back.

extension ServeConfiguration {
    /// Where it is asked whether a certificate was taken back.
    struct Revocation {
        let mode: RevocationCheck.Mode
        /// Files with lists (RFC 5280, 5), PEM or DER.
        let lists: [String]
        /// Files with OCSP responses (RFC 6960), DER.
        let responses: [String]
        /// The responders that may be asked, as certificates name them.
        let responders: [String]
    }

    /// What the file says of revocation.
    static func revocation(_ file: ServeConfigurationFile, _ choice: inout SettingChoice) -> Revocation {
        let written = file.revocation?.value
        let name = choice.take("revocation.mode", nil, written?.mode, else: RevocationCheck.Mode.prefer.rawValue)
        let mode = RevocationCheck.Mode(rawValue: name)
        if mode == nil {
            let modes = RevocationCheck.Mode.allCases.map(\.rawValue).joined(separator: ", ")
            choice.note(.init(.unsuitable, "revocation.mode", "\"\(name)\" is no mode", hint: "there are: \(modes)"))
        }
        let made = Revocation(
            mode: mode ?? .require, lists: choice.paths("revocation.lists", [], written?.lists),
            responses: choice.paths("revocation.responses", [], written?.responses),
            responders: choice.take("revocation.responders", nil, written?.responders, else: []) {
                $0.isEmpty ? "none" : $0.joined(separator: ", ")
            })
        for (index, responder) in made.responders.enumerated() where !OCSPResponders.isAddress(responder) {
            choice.note(
                .init(
                    .unsuitable, "revocation.responders[\(index)]", "\"\(responder)\" is no responder's address",
                    hint: "write it as the certificates name it: http://HOST/PATH"))
        }
        if mode == .off, !made.lists.isEmpty || !made.responses.isEmpty || !made.responders.isEmpty {
            choice.note(
                .init(
                    .contradiction, "revocation.mode", "it is off, and sources are named",
                    hint: "leave them out, or say prefer or require"))
        }
        return made
    }

    /// What the file says of blocking (RTS, Article 4(3)(b)).
    static func blocking(_ file: ServeConfigurationFile, _ choice: inout SettingChoice) -> BlockingRule {
        let (written, standard) = (file.blocking?.value, BlockingRule())
        func number(_ name: String, _ value: Int?, _ standard: Int, _ range: ClosedRange<Int>) -> Int {
            let number = choice.take("blocking.\(name)", nil, value, else: standard)
            guard range.contains(number) else {
                choice.note(
                    .init(
                        .unsuitable, "blocking.\(name)", "\(number) is out of range",
                        hint: "give \(range.lowerBound) to \(range.upperBound)"))
                return standard
            }
            return number
        }
        return BlockingRule(
            limit: number("wrongAnswers", written?.wrongAnswers, standard.limit, 1...5),
            duration: TimeInterval(number("minutes", written?.minutes, Int(standard.duration) / 60, 1...10_080) * 60),
            triesAfterwards: number("triesAfterwards", written?.triesAfterwards, standard.triesAfterwards, 1...5))
    }

    /// The lists and answers that ``revocation`` names, read.
    func revocationFiles() throws -> RevocationFiles { try RevocationFiles(lists: revocation.lists, responses: revocation.responses) }

    /// Asks what ``revocation`` names.
    ///
    /// - Parameter logger: is told of files that were replaced.
    func revocationCheck(logger: Logger) throws -> RevocationCheck {
        let files = try revocationFiles()
        let responders = OCSPResponders(known: Set(revocation.responders))
        let fetch: RevocationCheck.Fetch = { question, address in await responders.answer(to: question, from: address) }
        return RevocationCheck(
            revocation.mode, sources: { files.current(telling: logger) }, fetch: responders.known.isEmpty ? nil : fetch)
    }
}
