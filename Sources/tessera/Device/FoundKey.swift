import DeviceProtocol
import Foundation
import PSKC
import Verification

/// A key of a container that a product of ours can hold.
struct FoundKey {
    let device: DeviceID
    let registration: Enrolments.Registration
    /// Where it stands in the file.
    let line: Int

    /// - Parameter file: what the container is called.
    /// - Throws: ``Failure`` that names serial number, file and line: no serial number or secret, another kind of codes than the
    ///   product's, rules that are not understood, a key whose time is over or has not come.
    init(_ package: KeyPackage, line: Int, of file: String, as profile: ProductProfile, at now: Date) throws {
        let name = (package.device?.serialNumber ?? package.key?.id ?? "a key") + ", line \(line) of \"\(file)\""
        func refused(_ reason: String, _ hint: String) -> Failure {
            Failure("\(name): \(reason)", hint: "\(hint); nothing was enrolled", exit: .refused)
        }
        guard let serial = package.device?.serialNumber, let device = DeviceID(rawValue: serial) else {
            throw refused("the key has no serial number that a device can have", "ask its maker")
        }
        guard let key = package.key, let secret = key.secret else { throw refused("there is no secret", "ask its maker") }
        guard key.policy?.unknownRules.isEmpty ?? true else {
            throw refused("the key has rules that are not understood", "ask its maker for one without")
        }
        guard [nil, .local].contains(key.policy?.pin?.usageMode) else {
            throw refused("its codes go with a PIN that only the maker knows how to check (PINUsageMode)", "ask its maker for one without")
        }
        guard key.policy?.numberOfTransactions == nil else {
            throw refused("the key is good for a number of codes only (NumberOfTransactions)", "ask its maker for one without that rule")
        }
        guard key.hasPlainCodes else { throw refused("its codes are not plain decimal digits", "ask its maker") }
        let start = [key.policy?.startDate, package.device?.startDate].compactMap(\.self).max() ?? .distantPast
        guard start <= now, now < package.expiry ?? .distantFuture else {
            throw refused("the key is not valid now", "take it out of the file")
        }
        guard key.policy?.allows(.otp, at: now) ?? true else {
            throw refused("the key is not for one-time codes (KeyUsage)", "take it out of the file")
        }
        guard let wanted = CodeShape(profile.method) else {
            throw refused("a \"\(profile.id)\" is not enrolled with a key alone", "name the product with --as")
        }
        guard let found = CodeShape(key) else {
            throw refused("it has neither TOTP nor HOTP; a \"\(profile.id)\" has \(wanted.telling)", "take it out of the file")
        }
        guard found == wanted else {
            throw refused(
                "it has \(found.telling); a \"\(profile.id)\" has \(wanted.telling)",
                found.product.map { "name the product with --as \($0.id)" }
                    ?? "no product has such codes: take it out of the file, or ask its maker for another")
        }
        registration =
            switch found.moving {
            case .time: .seed(secret)
            case .counter: .countedSeed(secret, counter: key.counter ?? 0)
            }
        self.device = device
        self.line = line
    }
}
