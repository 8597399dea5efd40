/// What the tests look at in a manifest.
struct Manifest: Decodable {
    struct Input: Decodable {
        let path: String
        let bytes: Int
        let sha256: String
    }

    struct Profile: Decodable {
        let profile: String
        let documents: Int
    }

    struct Counts: Decodable {
        let documents: Int
        let errors: Int
        let tokens: Int
        let outputBytes: Int
    }

    struct PassedOver: Decodable {
        let files: Int
    }

    let version: String
    let jobId: String
    let state: String
    let modelDigest: String
    let dtype: String
    let inputs: [Input]
    let profiles: [Profile]
    let counts: Counts
    let passedOver: PassedOver?
}
