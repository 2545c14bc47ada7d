// A key and a certificate that it signed itself, made for one test.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

template <auto Free>
struct freed {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed<X509_free>>;

inline std::string pem(auto write) {
  std::unique_ptr<BIO, freed<BIO_free_all>> memory{BIO_new(BIO_s_mem())};
  write(memory.get());
  char* bytes = nullptr;
  auto size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<size_t>(size)};
}

struct identity {
  key_ptr key{EVP_EC_gen("P-256")};
  certificate_ptr certificate{X509_new()};

  identity() {
    auto c = certificate.get();
    X509_set_version(c, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
    X509_gmtime_adj(X509_getm_notBefore(c), -3600);
    X509_gmtime_adj(X509_getm_notAfter(c), 3600);
    X509_set_pubkey(c, key.get());
    auto name = X509_get_subject_name(c);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(c, name);
    X509_sign(c, key.get(), EVP_sha256());
  }

  std::string certificate_pem() const {
    return pem([&](BIO* b) { PEM_write_bio_X509(b, certificate.get()); });
  }
  std::string key_pem(const char* passphrase = nullptr) const {
    return pem([&](BIO* b) {
      PEM_write_bio_PKCS8PrivateKey(b, key.get(), passphrase ? EVP_aes_128_cbc() : nullptr,
                                    passphrase, passphrase ? 4 : 0, nullptr, nullptr);
    });
  }
};
