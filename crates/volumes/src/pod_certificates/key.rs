//! Keys, each with a request that proves its possession: an empty PKCS#10 request, signed with the key itself.
//!
//! `ring`, which does everything else here, makes no RSA keys and knows no P-521.

use ed25519_dalek::pkcs8::KeypairBytes;
use getrandom::SysRng;
use p256::elliptic_curve::Generate;
use rsa::{
    PrivateKey,
    pkcs8::EncodePrivateKey,
    sha2::Sha256,
    signature::{Keypair, Signer},
};
use x509_cert::{
    der::{self, Encode},
    name::Name,
    request::{CertReq, CertReqInfo, Version},
    spki::{
        self, DynSignatureAlgorithmIdentifier, EncodePublicKey, SignatureBitStringEncoding,
        SubjectPublicKeyInfo,
    },
};

use super::error::KeyError;
use crate::pem;

/// The kinds of keys that a pod can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyType {
    Rsa3072,
    Rsa4096,
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,
    Ed25519,
}

/// How long it takes to make a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// A few milliseconds at most.
    Little,
    /// Perhaps seconds: nothing for a task that others wait for.
    Great,
}

/// A key.
#[derive(Clone)]
pub(super) struct Key {
    /// PKCS#8, as PEM.
    pub(super) private_key: String,
    /// PKCS#10, as DER.
    pub(super) request: Vec<u8>,
}

impl KeyType {
    /// The kind that a pod's specification names.
    pub(super) fn named(name: &str) -> Result<Self, KeyError> {
        Ok(match name {
            "RSA3072" => Self::Rsa3072,
            "RSA4096" => Self::Rsa4096,
            "ECDSAP256" => Self::EcdsaP256,
            "ECDSAP384" => Self::EcdsaP384,
            "ECDSAP521" => Self::EcdsaP521,
            "ED25519" => Self::Ed25519,
            other => return Err(KeyError::UnknownType(other.to_owned())),
        })
    }

    pub(super) fn effort(self) -> Effort {
        match self {
            Self::Rsa3072 | Self::Rsa4096 => Effort::Great,
            Self::EcdsaP256 | Self::EcdsaP384 | Self::EcdsaP521 | Self::Ed25519 => Effort::Little,
        }
    }

    /// Makes a key. Its request is signed with the hash that upstream takes for its kind
    /// (`crypto/x509.CreateCertificateRequest`).
    pub(super) fn make(self) -> Result<Key, KeyError> {
        match self {
            Self::Rsa3072 => rsa_key(3072),
            Self::Rsa4096 => rsa_key(4096),
            Self::EcdsaP256 => {
                let key = p256::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng).map_err(not_made)?;
                with_proof::<_, p256::ecdsa::DerSignature>(&key, &key)
            }
            Self::EcdsaP384 => {
                let key = p384::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng).map_err(not_made)?;
                with_proof::<_, p384::ecdsa::DerSignature>(&key, &key)
            }
            Self::EcdsaP521 => {
                let key = p521::ecdsa::SigningKey::try_generate_from_rng(&mut SysRng).map_err(not_made)?;
                with_proof::<_, p521::ecdsa::DerSignature>(&key, &key)
            }
            Self::Ed25519 => {
                let mut secret_key = ed25519_dalek::SecretKey::default();
                getrandom::fill(&mut secret_key).map_err(not_made)?;
                let key = ed25519_dalek::SigningKey::from_bytes(&secret_key);
                // Without the public key, as upstream: OpenSSL before 3.2 does not read the other form.
                let written = KeypairBytes { secret_key, public_key: None };
                with_proof::<_, ed25519_dalek::Signature>(&key, &written)
            }
        }
    }
}

fn rsa_key(bits: usize) -> Result<Key, KeyError> {
    let key = PrivateKey::new(&mut SysRng, bits).map_err(not_made)?;
    let key = rsa::pkcs1v15::SigningKey::<Sha256>::new(key);
    with_proof::<_, rsa::pkcs1v15::Signature>(&key, &key)
}

/// `written` is the same key, in the form that it is written.
fn with_proof<K, S>(key: &K, written: &impl EncodePrivateKey) -> Result<Key, KeyError>
where
    K: Keypair<VerifyingKey: EncodePublicKey> + Signer<S> + DynSignatureAlgorithmIdentifier,
    S: SignatureBitStringEncoding,
{
    let pkcs8 = written.to_pkcs8_der().map_err(not_made)?;
    let private_key = pem::encode(pem::PRIVATE_KEY, pkcs8.as_bytes());
    let request = proof::<K, S>(key).map_err(not_made)?;
    Ok(Key { private_key, request })
}

fn proof<K, S>(key: &K) -> spki::Result<Vec<u8>>
where
    K: Keypair<VerifyingKey: EncodePublicKey> + Signer<S> + DynSignatureAlgorithmIdentifier,
    S: SignatureBitStringEncoding,
{
    let info = CertReqInfo {
        version: Version::V1,
        subject: Name::default(),
        public_key: SubjectPublicKeyInfo::from_key(&key.verifying_key())?,
        attributes: der::asn1::SetOfVec::new(),
    };
    let algorithm = key.signature_algorithm_identifier()?;
    let signature = key.try_sign(&info.to_der()?).map_err(|_| spki::Error::KeyMalformed)?;
    let request = CertReq { info, algorithm, signature: signature.to_bitstring()? };
    Ok(request.to_der()?)
}

fn not_made(cause: impl std::fmt::Display) -> KeyError {
    KeyError::NotMade(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The labels, the algorithms and the emptiness of what is made. That a server takes it is for the tests on a real one.
    #[test]
    fn keys_and_their_proofs() {
        for (name, algorithm, expected) in [
            ("ECDSAP256", "1.2.840.10045.4.3.2", Effort::Little),
            ("ECDSAP384", "1.2.840.10045.4.3.3", Effort::Little),
            ("ECDSAP521", "1.2.840.10045.4.3.4", Effort::Little),
            ("ED25519", "1.3.101.112", Effort::Little),
            ("RSA3072", "1.2.840.113549.1.1.11", Effort::Great),
        ] {
            let kind = KeyType::named(name).unwrap();
            assert_eq!(kind.effort(), expected, "{name}");
            let key = kind.make().unwrap();
            assert!(key.private_key.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{name}");
            let request = CertReq::try_from(key.request.as_slice()).unwrap();
            assert_eq!(request.algorithm.oid.to_string(), algorithm, "{name}");
            assert!(request.info.subject.is_empty() && request.info.attributes.is_empty(), "{name}");
            let pkcs8 = pem::contents(&key.private_key).pop().unwrap();
            let info = rsa::pkcs8::PrivateKeyInfoRef::try_from(pkcs8.as_slice()).unwrap();
            assert_eq!(info.public_key, None, "{name}: version 1 of PKCS#8");
            assert_ne!(kind.make().unwrap().private_key, key.private_key, "{name}");
        }
        assert_eq!(KeyType::named("DSA").unwrap_err().to_string(), "unknown key type \"DSA\"");
    }
}
