import Crypto
public import DeviceProtocol

/// What a person wants to do and may have to prove themselves for, with all that the proof is to be bound to.
public enum SensitiveAction: Hashable, Sendable {
    /// Opening a session.
    case authenticate(Login)
    /// Paying someone.
    case approvePayment(Payment)
    /// Paying several at once.
    case approveBatch(Batch)
    /// Adding someone who may be paid.
    case addBeneficiary(Beneficiary)
    /// Taking a device into use.
    case enrol(Activation)
    /// Choosing another secret image.
    case changeSecretImage(SecretImageChange)

    /// What is asked of the device.
    ///
    /// The secret image is changed after authenticating (stated), so that this is a login; which picture, is in it as a hash. That the
    /// change has a login of its own is inferred.
    public var content: Challenge.Content {
        switch self {
        case .authenticate(let login): .login(login)
        case .approvePayment(let payment): .payment(payment)
        case .approveBatch(let batch): .batch(batch)
        case .addBeneficiary(let beneficiary): .beneficiary(beneficiary)
        case .enrol(let activation): .activation(activation)
        case .changeSecretImage(let change): .login(change.login)
        }
    }
}

/// The wish for another secret image.
public struct SecretImageChange: Hashable, Sendable {
    /// Where such a login says that it is; no other login may say so.
    public static let place = "Change of the secret image"
    /// What names the chosen picture in the bank's set.
    public let image: String
    /// What is shown and signed: the purpose, and SHA-256 (FIPS 180-4) over the picture's name behind a tag, as hexadecimal digits.
    let login: Login

    /// A wish.
    ///
    /// - Throws: ``DeviceProtocol/ContentError``, which no name causes.
    public init(image: String) throws(ContentError) {
        self.image = image
        let hash = SHA256.hash(data: [Array("tessera/secret-image/1".utf8), Array(image.utf8)].lengthPrefixed)
        login = try Login(place: Self.place, browser: hash.lowercaseHexadecimal)
    }
}

extension Challenge.Content {
    /// Refuses a login that says it is for another secret image: where a login comes from, may be what a stranger sent.
    func requirePlainLogin() throws(VerificationError) {
        if case .login(let login) = self, login.place.value == SecretImageChange.place { throw .reservedPlace(SecretImageChange.place) }
    }
}

extension Operation {
    /// Whether this operation succeeded, and what was agreed to is this action and nothing else.
    ///
    /// Whoever carries an action out asks this first: a login for one picture is no login for another.
    public func authorises(_ action: SensitiveAction) -> Bool {
        guard case .succeeded(let evidence) = outcome, challenge.content == action.content else { return false }
        return evidence.challengeDigest == SHA256.hash(data: challenge.der).lowercaseHexadecimal
    }
}
