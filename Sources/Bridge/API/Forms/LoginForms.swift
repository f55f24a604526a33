import DeviceProtocol
import Foundation
import HTTPDoor
import Pictures
import Verification

/// Who wants to log in, and with what.
struct NewLoginForm: Decodable {
    /// The most characters that are taken for a user ID; no longer one exists, and each costs work.
    static let userLimit = 64

    let user: String
    let product: ProductProfile.ID
    let name: String?
    let login: Login

    private enum CodingKeys: String, CodingKey, CaseIterable { case user, product, name, place, browser }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        user = try members.text(.user, limit: Self.userLimit)
        product = ProductProfile.ID(rawValue: try members.text(.product, limit: 64))
        name = members.has(.name) ? try members.text(.name, limit: EnrolmentLife.nameLimit) : nil
        let (place, browser) = (try members.text(.place), try members.text(.browser))
        login = try members.check { () throws(ContentError) in try Login(place: place, browser: browser) }
    }
}

/// What a person who wants to log in is shown.
struct LoginForm: Encodable {
    let id: String
    let presentation: PresentationForm
    let qr: QRForm?
    let secretImage: SecretImageForm?
}

/// A challenge in the form that a device takes.
struct PresentationForm: Encodable {
    /// The challenge itself.
    struct Plain: Encodable {
        let id: String
        let origin: String
        let issuedAt: Date
        let expiresAt: Date
        let summary: Summary
        /// The canonical DER, in Base64.
        let der: Data
    }

    let form: Presentation.Form
    let text: String?
    let challenge: Plain?

    init(_ presentation: Presentation) {
        form = presentation.form
        switch presentation {
        case .nothing: (text, challenge) = (nil, nil)
        case .sealed(let sealed): (text, challenge) = (sealed, nil)
        case .plain(let plain):
            text = nil
            challenge = Plain(
                id: plain.id.description, origin: plain.origin.value, issuedAt: plain.issuedAt, expiresAt: plain.expiresAt,
                summary: plain.summary, der: Data(plain.der))
        }
    }
}

/// A QR code, drawn.
struct QRForm: Encodable {
    let svg: String
    let png: Data

    /// The code of a sealed challenge; `nil` for the others, which have none.
    init?(_ presentation: Presentation) throws(PictureError) {
        guard case .sealed(let text) = presentation else { return nil }
        let code = try QRCode(encoding: text)
        svg = try code.svg()
        png = Data(try code.png())
    }
}

/// A secret image with an operation's details, drawn, and told for who cannot see it.
struct SecretImageForm: Encodable {
    let png: Data
    let alternativeText: String

    init(_ name: String, of challenge: Challenge, by renderer: SecretImageRenderer) throws(PictureError) {
        let picture = try SecretPicture.named(name)
        png = Data(try renderer.png(of: picture, for: challenge))
        alternativeText = picture.alternativeText(showing: challenge.summary)
    }
}

/// All that a person proves themselves with.
struct LoginFinishForm: Decodable {
    /// The device's answer.
    enum Answer: Sendable {
        /// It is here.
        case given(DeviceAnswerForm)
        /// This attached device gives it now.
        case attached(DeviceID)
    }

    let user: String
    let password: HeldSecret
    let answer: Answer
    let application: Application
    let account: AccountID?

    private enum CodingKeys: String, CodingKey, CaseIterable { case user, password, response, attachedDevice, application, account }

    init(from decoder: any Decoder) throws {
        let members = try Members<CodingKeys>(decoder)
        user = try members.text(.user, limit: NewLoginForm.userLimit)
        password = try members.secret(.password)
        if members.has(.attachedDevice) {
            guard !members.has(.response) else { throw Problem.invalidRequest("either response or attachedDevice is given") }
            answer = .attached(try members.device(.attachedDevice))
        } else {
            answer = .given(try members.value(DeviceAnswerForm.self, .response))
        }
        let name = try members.text(.application, or: Application.own.id)
        guard name.utf8.count <= 64, let application = Application.all.first(where: { $0.id == name }) else {
            throw Problem.invalidRequest(
                "application is one of these: \(Application.all.map(\.id).joined(separator: ", "))")
        }
        self.application = application
        account = try members.optionalAccount(.account)
    }
}

/// What a login opened.
struct OpenedForm: Encodable {
    let token: String
    let subscriber: SubscriberID
    let enrolment: EnrolmentID
    let application: String
    let account: AccountID?
    let endsAt: Date
    let evidence: Evidence

    init(_ opened: Logins.Opened) {
        token = opened.token.text
        subscriber = opened.session.subscriber
        enrolment = opened.session.enrolment
        application = opened.session.application
        account = opened.session.account
        endsAt = opened.session.endsAt
        evidence = opened.evidence
    }
}

/// A session, without what opens it.
struct SessionForm: Encodable {
    let subscriber: SubscriberID
    let enrolment: EnrolmentID
    let application: String
    let account: AccountID?
    let startedAt: Date
    let lastActive: Date
    let endsAt: Date

    init(_ session: Session) {
        subscriber = session.subscriber
        enrolment = session.enrolment
        application = session.application
        account = session.account
        startedAt = session.startedAt
        lastActive = session.lastActive
        endsAt = session.endsAt
    }
}
