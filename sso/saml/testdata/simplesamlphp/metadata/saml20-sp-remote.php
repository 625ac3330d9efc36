<?php
// The services are what the test wrote into services.json, and those whose own metadata it put beside.
$metadata = json_decode(file_get_contents(getenv('USHER_IDP_DIR') . '/services.json'), true);
foreach (glob(getenv('USHER_IDP_DIR') . '/*.descriptor.xml') as $file) {
    foreach (\SimpleSAML\Metadata\SAMLParser::parseDescriptorsString(file_get_contents($file)) as $id => $entity) {
        $metadata[$id] = $entity->getMetadata20SP() + ['assertion.encryption' => true];
    }
}
