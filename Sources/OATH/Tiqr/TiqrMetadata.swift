public import Crypto
import Foundation

/// What tiqr's server tells a phone that enrols: about itself, and about the person (JSON).
///
/// Source: Tiqr/tiqr-server-libphp, `Tiqr_Service::getEnrollmentMetadata`.
public struct TiqrMetadata: Sendable, Equatable, Codable {
    /// The server.
    public struct Service: Sendable, Equatable, Codable {
        /// Its name for the person.
        public let displayName: String
        /// Its name in challenges: ``TiqrChallenge/server``.
        public let identifier: String
        /// Where a picture of it is; may be empty.
        public let logoUrl: String
        /// Where more is told of it; may be empty.
        public let infoUrl: String
        /// Where answers are posted.
        public let authenticationUrl: String
        /// How codes are computed; see ``OCRASuite/init(parsingTiqr:)``.
        public let ocraSuite: String
        /// Where the phone posts the key that it made.
        public let enrollmentUrl: String

        /// A server.
        public init(
            displayName: String, identifier: String, logoUrl: String = "", infoUrl: String = "", authenticationUrl: String,
            ocraSuite: String, enrollmentUrl: String
        ) {
            self.displayName = displayName
            self.identifier = identifier
            self.logoUrl = logoUrl
            self.infoUrl = infoUrl
            self.authenticationUrl = authenticationUrl
            self.ocraSuite = ocraSuite
            self.enrollmentUrl = enrollmentUrl
        }
    }

    /// The person.
    public struct Identity: Sendable, Equatable, Codable {
        /// The name in challenges and answers.
        public let identifier: String
        /// The name for the person.
        public let displayName: String

        /// A person.
        public init(identifier: String, displayName: String) {
            self.identifier = identifier
            self.displayName = displayName
        }
    }

    /// The largest document that is read, in bytes.
    public static let maximumLength = 16_384

    /// Who enrols.
    public let service: Service
    /// Who is enrolled.
    public let identity: Identity

    /// The answer to a phone that enrols.
    public init(service: Service, identity: Identity) {
        self.service = service
        self.identity = identity
    }

    /// Reads and checks a document.
    ///
    /// - Throws: ``OATHURIError``; a suite that is none is `ocraSuite`.
    public init(parsing json: [UInt8]) throws(OATHURIError) {
        guard json.count <= Self.maximumLength else { throw .tooLong(maximum: Self.maximumLength) }
        guard let metadata = try? JSONDecoder().decode(Self.self, from: Data(json)) else {
            throw .value(of: "metadata", expected: "JSON with \"service\" and \"identity\", and their fields")
        }
        self = metadata
        let names = [
            ("displayName", service.displayName), ("service identifier", service.identifier), ("identity", identity.identifier),
            ("display name of the identity", identity.displayName),
        ]
        for (part, name) in names where name.isEmpty || !name.isPlainText { throw .value(of: part, expected: "a name") }
        for (part, address) in [("authenticationUrl", service.authenticationUrl), ("enrollmentUrl", service.enrollmentUrl)]
        where !isTiqrAddress(address) { throw .value(of: part, expected: "an address that begins with https://") }
        guard (try? suite()) != nil else { throw .value(of: "ocraSuite", expected: "an OCRA suite, such as OCRA-1:HOTP-SHA1-6:QH10-S064") }
    }

    /// How codes are computed.
    ///
    /// - Throws: ``OATHError/suite(_:offset:expected:)``.
    public func suite() throws(OATHError) -> OCRASuite { try OCRASuite(parsingTiqr: service.ocraSuite) }

    /// The form by which the phone hands over its key, 32 bytes, in hexadecimal digits.
    public func registration(
        of key: SymmetricKey, language: String? = nil, notification: (type: String, address: String)? = nil
    ) -> String {
        let secret = unsafe key.withUnsafeBytes { unsafe $0.lowercaseHexadecimal }
        return TiqrForm.text([("secret", secret)], language: language, notification: notification, operation: "register")
    }

    /// The key in a form of ``registration(of:language:notification:)``, for the server.
    ///
    /// - Throws: ``OATHURIError``, also for a key of less than 16 bytes or more than 64.
    public static func key(inRegistration form: String) throws(OATHURIError) -> SymmetricKey {
        let fields = try TiqrForm(form, operation: "register", known: ["secret"], maximum: TiqrAnswer.maximumLength)
        let nibbles = try fields.required("secret").utf8.map(\.hexDigitValue)
        guard nibbles.count.isMultiple(of: 2), (32...128).contains(nibbles.count), !nibbles.contains(nil) else {
            throw .value(of: "secret", expected: "32 to 128 hexadecimal digits")
        }
        let digits = nibbles.compactMap(\.self)
        return SymmetricKey(data: stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }
}
